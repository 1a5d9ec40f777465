"""How a classifier shows itself in a notebook: scikit-learn's diagram, and its network."""

from __future__ import annotations

from html import escape

from sk_attnseq._network.architecture import Architecture

# In pixels. A phone shows this width without making the letters smaller.
_WIDTH = 320
_BOX, _GAP, _MARGIN = 44, 16, 12


class NetworkRepresentationMixin:
    """Puts a picture of the network under scikit-learn's diagram of a fitted classifier.

    Only where the classifier itself is displayed: in the diagram of a pipeline or a search it
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
    """A picture of a network, that can be folded."""
    return (
        '<details open style="margin: 0.5em 0">'
        f'<summary style="cursor: pointer">Network: {architecture.n_weights:,} weights</summary>'
        f"{network_svg(architecture)}</details>"
    )


def network_svg(architecture: Architecture) -> str:
    """Draw the layers from the top, each with the shape of its output and its weights.

    All lines and letters have the colour of the text around, so they are as legible as that
    on a dark page and on a bright one. There are no ids, which would have to differ from all
    others on the page.
    """
    layers = architecture.layers
    height = len(layers) * (_BOX + _GAP) - _GAP + 2
    parts, described = [], []
    for index, layer in enumerate(layers):
        weights = f"{layer.n_weights:,} weights" if layer.n_weights else ""
        described.append(f"{layer.name}: {layer.output}" + (f", {weights}" if weights else ""))
        top = 1 + index * (_BOX + _GAP)
        if index:
            parts.append(_arrow(top))
        parts.append(_box(top, layer.name, layer.output, weights))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" font-size="13" fill="currentColor" '
        'style="display: block; max-width: 100%; height: auto; margin: 0.5em 0">'
        "<title>Layers of the network</title>"
        f"<desc>{escape('; '.join(described))}</desc>{''.join(parts)}</svg>"
    )


def _box(top, name, output, weights):
    first, second = top + 18, top + 36
    return (
        f'<rect x="1" y="{top}" width="{_WIDTH - 2}" height="{_BOX}" rx="4" '
        'fill-opacity="0.06" stroke="currentColor" stroke-opacity="0.5"/>'
        f'<text x="{_MARGIN}" y="{first}" font-weight="bold">{escape(name)}</text>'
        f'<text x="{_MARGIN}" y="{second}">{escape(output)}</text>'
        f'<text x="{_WIDTH - _MARGIN}" y="{second}" text-anchor="end">{escape(weights)}</text>'
    )


def _arrow(tip):
    """An arrow down to the next box."""
    x = _WIDTH // 2
    return (
        f'<path d="M{x} {tip - _GAP}V{tip - 6}" stroke="currentColor"/>'
        f'<path d="M{x - 4} {tip - 7}h8l-4 6z"/>'
    )
