"""How an estimator shows itself in a notebook: scikit-learn's diagram, and its network."""

from __future__ import annotations

from html import escape

from sk_attnseq._network.architecture import Architecture

_LEFT, _RIGHT = 'style="text-align: left"', 'style="text-align: right"'


class NetworkRepresentationMixin:
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
        f'<tr><th scope="row" {_LEFT}>{escape(layer.name)}</th>'
        f"<td {_LEFT}>{escape(layer.output)}</td><td {_RIGHT}>{layer.n_weights:,}</td></tr>"
        for layer in architecture.layers
    )
    return (
        '<details open="" style="margin: 0.5em 0">'
        f'<summary style="cursor: pointer">Network: {architecture.n_weights:,} weights</summary>'
        f'<table><thead><tr><th scope="col" {_LEFT}>Layer</th><th scope="col" {_LEFT}>Output</th>'
        f'<th scope="col" {_RIGHT}>Weights</th></tr></thead><tbody>{rows}</tbody></table></details>'
    )
