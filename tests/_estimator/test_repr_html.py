import pickle
import rlcompleter
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from sklearn import config_context
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr

from sk_attnseq import AttentionSequenceClassifier
from sk_attnseq._estimator.repr_html import network_html, network_layers
from tests.networks import NETWORKS, make_architecture, name_network


@pytest.fixture(scope="module")
def fitted(sequences_and_labels):
    return AttentionSequenceClassifier(4, epochs=1, random_state=0).fit(*sequences_and_labels)


def read(architecture):
    """The rows of the table."""
    details = ElementTree.fromstring(network_html(architecture))
    return [tuple(cell.text for cell in row) for row in details.find("table").iter("tr")]


def test_layers_of_the_default_network():
    assert read(make_architecture()) == [
        ("Layer", "Output", "Weights"),
        ("Input", "timesteps x 5 features", "0"),
        ("LSTM, 32 units", "timesteps x 32 features", "4,864"),
        ("Attention pooling", "32 features", "33"),
        ("Dense, ReLU", "16 features", "528"),
        ("Dense, softmax", "10 classes", "170"),
    ]


def test_layers_of_self_attention_over_two_directions():
    architecture = make_architecture("multihead", (8, 4), bidirectional=True, n_features=1)
    assert read(architecture)[1:6] == [
        ("Input", "timesteps x 1 feature", "0"),
        # Both directions: 4 gates * units * (inputs + units + 1).
        ("Bidirectional LSTM, 2 x 8 units", "timesteps x 16 features", "640"),
        ("Bidirectional LSTM, 2 x 4 units", "timesteps x 8 features", "672"),
        ("Self-attention, 2 heads of size 16", "timesteps x 8 features", "1,128"),
        ("Mean over time", "8 features", "0"),
    ]


def test_layers_in_front_of_the_lstm():
    architecture = make_architecture(
        units=(7,), n_features=2, conv_filters=(4, 1), kernel_size=(3, 8), pool_size=5
    )
    assert read(architecture)[1:6] == [
        ("Input", "timesteps x 2 features", "0"),
        # Kernels, and four numbers for each filter.
        ("Convolution over 3 timesteps, batch norm, ReLU", "timesteps x 4 features", "40"),
        ("Convolution over 8 timesteps, batch norm, ReLU", "timesteps x 1 feature", "36"),
        ("Mean of 5 timesteps", "timesteps x 1 feature", "0"),
        ("LSTM, 7 units", "timesteps x 7 features", "252"),
    ]
    assert sum(n for *_, n in network_layers(architecture)) == architecture.n_weights


def test_a_mean_of_features_as_they_are():
    rows = read(make_architecture(pool_size=3))
    assert rows[2] == ("Mean of 3 timesteps", "timesteps x 5 features", "0")


def test_without_attention_the_last_lstm_gives_one_output():
    rows = read(make_architecture(None, (8, 4)))
    assert [output for _, output, _ in rows[2:4]] == ["timesteps x 8 features", "4 features"]
    assert rows[4][0] == "Dense, ReLU"


@pytest.mark.parametrize("options", NETWORKS, ids=name_network)
def test_the_layers_have_all_weights(options):
    architecture = make_architecture(**options)
    assert sum(n for *_, n in network_layers(architecture)) == architecture.n_weights


def test_the_table_has_the_colors_of_the_page_and_no_ids():
    details = ElementTree.fromstring(network_html(make_architecture("multihead")))
    for element in details.iter():
        assert set(element.keys()) <= {"open", "scope", "style"}
        assert "color: " not in element.get("style", "")
        assert "background" not in element.get("style", "")


def test_fitted_classifiers_show_the_network_under_the_diagram(fitted):
    table = network_html(fitted._architecture)
    bundle = fitted._repr_mimebundle_()
    for html in (bundle["text/html"], fitted._repr_html_()):
        assert html.endswith(table)
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
        assert "Network: " not in html
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
    assert "Network: " not in estimator_html_repr(fitted)
