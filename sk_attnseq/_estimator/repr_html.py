"""How an estimator shows itself in a notebook: scikit-learn's diagram, and its network."""

from collections.abc import Iterator
from math import prod

from sk_attnseq._network.architecture import Architecture

_LEFT, _RIGHT = 'style="text-align: left"', 'style="text-align: right"'


class NetworkReprHTMLMixin:
    """Puts a table of the network's layers under scikit-learn's diagram of a fitted estimator.

    Only where the estimator itself is displayed: in the diagram of a pipeline or a search it
    is as any other estimator. Links to pages of documentation are left to scikit-learn, too,
    which makes none for a package that does not say where its pages are.
    """

    def _repr_mimebundle_(self, **kwargs):
        """What IPython asks for."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:  # unless the configuration says display="text"
            bundle["text/html"] += self._network_html()
        return bundle

    @property
    def _repr_html_(self):
        """What others ask for. With display="text" there is no such attribute."""
        diagram = super()._repr_html_
        return lambda: diagram() + self._network_html()

    def _network_html(self):
        return network_html(self._architecture) if self.__sklearn_is_fitted__() else ""

    def __dir__(self):
        # scikit-learn's diagram reads every attribute that dir() names, and its own dir() does:
        # a look, or the tabulator key, would import TensorFlow to build a Keras model that
        # nobody asked for. Python's own prompt also completes what the class has, and
        # offers `model_` all the same.
        if "_keras_model" in vars(self):
            return super().__dir__()
        return [n for n in object.__dir__(self) if n != "model_" and hasattr(self, n)]


def network_html(architecture: Architecture) -> str:
    """A table of a network's layers, that can be folded.

    It has the colors of the text around, so it is as legible on a dark page as on a bright one,
    and no ids, which would have to differ from all others on the page.
    """
    rows = "".join(
        f'<tr><th scope="row" {_LEFT}>{name}</th>'
        f"<td {_LEFT}>{output}</td><td {_RIGHT}>{n_weights:,}</td></tr>"
        for name, output, n_weights in network_layers(architecture)
    )
    return (
        '<details open="" style="margin: 0.5em 0">'
        f'<summary style="cursor: pointer">Network: {architecture.n_weights:,} weights</summary>'
        f'<table><thead><tr><th scope="col" {_LEFT}>Layer</th><th scope="col" {_LEFT}>Output</th>'
        f'<th scope="col" {_RIGHT}>Weights</th></tr></thead><tbody>{rows}</tbody></table></details>'
    )


def network_layers(architecture: Architecture) -> Iterator[tuple[str, str, int]]:
    """Yield of each layer its name, the shape of its output for a sequence, and its weights."""

    def n_weights(*names):
        weights = architecture.weights
        return sum(prod(weight.shape) for weight in weights if weight.name.split("/")[0] in names)

    yield "Input", _over_time(architecture.n_features), 0
    for layer, (filters, size) in enumerate(architecture.convolutions):
        name = f"Convolution over {size} timesteps, batch norm, ReLU"
        yield name, _over_time(filters), n_weights(f"conv_{layer}", f"batch_norm_{layer}")
    if architecture.pool_size > 1:
        name = f"Mean of {architecture.pool_size} timesteps"
        yield name, _over_time(architecture.conv_widths[-1]), 0
    kind = "Bidirectional LSTM, 2 x" if architecture.bidirectional else "LSTM,"
    for layer, (units, width) in enumerate(
        zip(architecture.units, architecture.lstm_widths, strict=True)
    ):
        is_last = layer == len(architecture.units) - 1
        output = _features(width) if is_last and not architecture.attention else _over_time(width)
        names = (f"{direction}lstm_{layer}" for direction in architecture.directions)
        yield f"{kind} {units} units", output, n_weights(*names)
    if architecture.attention == "pooling":
        yield "Attention pooling", _features(width), n_weights("score")
    elif architecture.attention == "multihead":
        name = f"Self-attention, {architecture.num_heads} heads of size {architecture.key_dim}"
        yield name, _over_time(width), n_weights("attention")
        yield "Mean over time", _features(width), 0
    yield "Dense, ReLU", _features(architecture.hidden_units), n_weights("hidden")
    if architecture.output_activation == "softmax":
        yield "Dense, softmax", f"{architecture.n_outputs} classes", n_weights("output")
    else:
        yield "Dense", _count(architecture.n_outputs, "number"), n_weights("output")


def _over_time(n_features):
    return f"timesteps x {_features(n_features)}"


def _features(n):
    return _count(n, "feature")


def _count(n, noun):
    return f"1 {noun}" if n == 1 else f"{n} {noun}s"
