import itertools
import pickle
import rlcompleter
import subprocess
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from sklearn import config_context
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._estimator.representation import network_html, network_svg
from sk_attnseq._network.architecture import Layer
from tests.networks import NETWORKS, make_architecture, name_network

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def fitted(sequences_and_labels):
    return AttentionSequenceClassifier(4, epochs=1, random_state=0).fit(*sequences_and_labels)


def read(architecture):
    """The drawing as (title, description, texts of each box)."""
    svg = ElementTree.fromstring(network_svg(architecture))
    texts = [text.text for text in svg.iter(f"{SVG}text")]
    boxes = [tuple(texts[start : start + 3]) for start in range(0, len(texts), 3)]
    assert len(boxes) == len(list(svg.iter(f"{SVG}rect")))
    return svg.findtext(f"{SVG}title"), svg.findtext(f"{SVG}desc"), boxes


def test_boxes_of_the_default_network():
    title, description, boxes = read(make_architecture())
    assert boxes == [
        ("Input", "timesteps x 5 features", None),
        ("LSTM, 32 units", "timesteps x 32 features", "4,864 weights"),
        ("Attention pooling", "32 features", "33 weights"),
        ("Dense, ReLU", "16 features", "528 weights"),
        ("Dense, softmax", "10 classes", "170 weights"),
    ]
    assert title == "Layers of the network"
    assert description == (
        "Input: timesteps x 5 features; "
        "LSTM, 32 units: timesteps x 32 features, 4,864 weights; "
        "Attention pooling: 32 features, 33 weights; "
        "Dense, ReLU: 16 features, 528 weights; "
        "Dense, softmax: 10 classes, 170 weights"
    )


def test_boxes_of_self_attention_over_two_directions():
    architecture = make_architecture("multihead", (8, 4), bidirectional=True, n_features=1)
    _, _, boxes = read(architecture)
    assert boxes[:5] == [
        ("Input", "timesteps x 1 feature", None),
        # Both directions: 4 gates * units * (inputs + units + 1).
        ("Bidirectional LSTM, 2 x 8 units", "timesteps x 16 features", "640 weights"),
        ("Bidirectional LSTM, 2 x 4 units", "timesteps x 8 features", "672 weights"),
        ("Self-attention, 2 heads of size 16", "timesteps x 8 features", "1,128 weights"),
        ("Mean over time", "8 features", None),
    ]


def test_boxes_of_what_is_in_front_of_the_lstm():
    architecture = make_architecture(
        units=(7,), n_features=2, conv_filters=(4, 1), kernel_size=(3, 8), pool_size=5
    )
    _, description, boxes = read(architecture)
    assert boxes[:5] == [
        ("Input", "timesteps x 2 features", None),
        # Kernels, and four numbers for each filter.
        ("Convolution over 3 timesteps, batch norm, ReLU", "timesteps x 4 features", "40 weights"),
        ("Convolution over 8 timesteps, batch norm, ReLU", "timesteps x 1 feature", "36 weights"),
        ("Mean of 5 timesteps", "timesteps x 1 feature", None),
        ("LSTM, 7 units", "timesteps x 7 features", "252 weights"),
    ]
    assert "Mean of 5 timesteps: timesteps x 1 feature; LSTM" in description
    assert sum(layer.n_weights for layer in architecture.layers) == architecture.n_weights


def test_without_attention_the_last_lstm_gives_one_output():
    _, _, boxes = read(make_architecture(None, (8, 4)))
    assert [box[1] for box in boxes[1:3]] == ["timesteps x 8 features", "4 features"]
    assert boxes[3][0] == "Dense, ReLU"


@pytest.mark.parametrize("options", NETWORKS, ids=name_network)
def test_the_layers_have_all_weights(options):
    architecture = make_architecture(**options)
    assert sum(layer.n_weights for layer in architecture.layers) == architecture.n_weights


def test_the_picture_lies_within_its_frame_and_has_the_colour_of_the_text():
    svg = ElementTree.fromstring(network_svg(make_architecture("multihead")))
    _, _, width, height = map(float, svg.get("viewBox").split())
    boxes = [
        [float(box.get(k)) for k in ("x", "y", "width", "height")] for box in svg.iter(f"{SVG}rect")
    ]
    assert min(box[0] for box in boxes) > 0
    assert max(x + w for x, _, w, _ in boxes) < width
    assert max(y + h for _, y, _, h in boxes) < height
    for above, below in itertools.pairwise(boxes):
        assert above[1] + above[3] < below[1]
    colors = {e.get(k) for e in svg.iter() for k in ("fill", "stroke", "color")}
    assert colors == {None, "currentColor"}
    assert not any(element.get("id") for element in svg.iter())  # two on a page would clash


def test_what_would_be_markup_is_text():
    layers = [Layer("<b>", "a & b", 1)]
    _, description, boxes = read(SimpleNamespace(layers=layers))
    assert boxes == [("<b>", "a & b", "1 weights")]
    assert description == "<b>: a & b, 1 weights"


def test_fitted_classifiers_show_the_network_under_the_diagram(fitted):
    picture = network_html(fitted._architecture)
    bundle = fitted._repr_mimebundle_()
    for html in (bundle["text/html"], fitted._repr_html_()):
        assert html.endswith(picture)
        assert html.startswith("<style>")
    assert bundle["text/plain"] == repr(fitted)


def test_unfitted_ones_do_not():
    clf = AttentionSequenceClassifier()
    assert "Network" not in clf._repr_html_()
    assert "Network" not in clf._repr_mimebundle_()["text/html"]


def test_display_as_text(fitted):
    with config_context(display="text"):
        assert not hasattr(fitted, "_repr_html_")
        assert fitted._repr_mimebundle_() == {"text/plain": repr(fitted)}


def test_pipelines_and_searches_are_as_any_other(sequences_and_labels):
    pipeline = make_pipeline(AttentionSequenceClassifier(4, epochs=1, random_state=0))
    search = GridSearchCV(pipeline, {"attentionsequenceclassifier__units": [4]}, cv=2)
    search.fit(*sequences_and_labels)
    for estimator in (pipeline, search, search.best_estimator_):
        html = estimator._repr_html_()
        assert "AttentionSequenceClassifier" in html
        assert "<svg" not in html
    assert "_keras_model" not in vars(search.best_estimator_[-1])


def test_no_link_leads_to_a_page_that_does_not_exist(fitted):
    assert fitted._get_doc_link() == ""
    for clf in (fitted, AttentionSequenceClassifier()):
        assert "href=" not in clf._repr_html_()


def test_a_look_needs_no_tensorflow(fitted):
    program = (
        "import pickle, sys; from sklearn.pipeline import Pipeline;"
        "clf = pickle.load(sys.stdin.buffer); dir(clf); clf._repr_html_();"
        "Pipeline([('clf', clf)])._repr_html_(); print('tensorflow' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(fitted), capture_output=True
    )
    assert run.stdout.strip() == b"False", run.stderr.decode()


def test_the_model_is_listed_once_it_is_built(fitted):
    clf = pickle.loads(pickle.dumps(fitted))
    assert "model_" not in dir(clf)
    assert {"units", "classes_", "fit", "attention_weights"} <= set(dir(clf))
    assert rlcompleter.Completer({"clf": clf}).complete("clf.model", 0) == "clf.model_"
    assert "_keras_model" not in vars(clf)
    assert clf.model_.count_params() == clf._architecture.n_weights
    assert "model_" in dir(clf)


def test_methods_that_are_not_available_are_not_listed():
    assert "attention_weights" not in dir(AttentionSequenceClassifier(attention=None))
    assert "attention_weights" in dir(AttentionSequenceClassifier())


def test_scikit_learns_function_gives_its_diagram_alone(fitted):
    assert "<svg" not in estimator_html_repr(fitted)
