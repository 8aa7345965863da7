"""The table of hyperparameters: what is accepted, and how a refusal reads."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract import hyperparameter_docs
from contract.hyperparameter_rule import spelled
from contract.hyperparameters import (
    TABLE,
    HyperparameterError,
    Hyperparameters,
    check_overrides,
    of_pipeline_job,
    parse,
)

BINARY = {"predictor_type": "binary_classifier"}
MULTICLASS = {"predictor_type": "multiclass_classifier", "num_classes": "7"}
REGRESSOR = {"predictor_type": "regressor"}
PREDICTORS = {row["predictor_type"]: row for row in (BINARY, MULTICLASS, REGRESSOR)}
DOCUMENTED = {
    "predictor_type",
    "num_classes",
    "feature_dim",
    "mini_batch_size",
    "epochs",
    "num_models",
    "loss",
    "optimizer",
    "learning_rate",
    "wd",
    "l1",
    "momentum",
    "beta_1",
    "beta_2",
    "bias_lr_mult",
    "bias_wd_mult",
    "use_bias",
    "use_lr_scheduler",
    "lr_scheduler_step",
    "lr_scheduler_factor",
    "lr_scheduler_minimum_lr",
    "init_method",
    "init_scale",
    "init_sigma",
    "init_bias",
    "normalize_data",
    "normalize_label",
    "unbias_data",
    "unbias_label",
    "num_point_for_scaler",
    "num_calibration_samples",
    "binary_classifier_model_selection_criteria",
    "target_recall",
    "target_precision",
    "positive_example_weight_mult",
    "balance_multiclass_weights",
    "accuracy_top_k",
    "f_beta",
    "margin",
    "quantile",
    "huber_delta",
    "loss_insensitivity",
    "early_stopping_patience",
    "early_stopping_tolerance",
}


def test_every_documented_hyperparameter_is_known() -> None:
    assert set(TABLE) == DOCUMENTED


def test_nothing_given_means_the_documented_defaults() -> None:
    parsed = parse(BINARY)
    assert (parsed.mini_batch_size, parsed.epochs, parsed.num_models) == (1000, 15, None)
    assert (parsed.beta_1, parsed.beta_2, parsed.bias_lr_mult) == (0.9, 0.999, 10.0)
    assert (parsed.learning_rate, parsed.wd, parsed.l1) == (None, None, None)


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_every_default_lies_within_its_own_range(predictor: str) -> None:
    defaults = parse(PREDICTORS[predictor])
    for declared in fields(Hyperparameters):
        value = getattr(defaults, declared.name)
        if value is not None:
            assert TABLE[declared.name].parse(declared.name, str(value)) == value, declared.name


@pytest.mark.parametrize(
    ("given", "loss", "scales", "shifts", "classes", "outputs"),
    [
        (BINARY, "logistic", False, False, 2, 1),
        (MULTICLASS, "softmax_loss", False, False, 7, 7),
        (REGRESSOR, "squared_loss", True, True, 0, 1),
        ({**REGRESSOR, "use_bias": "false"}, "squared_loss", True, False, 0, 1),
    ],
)
def test_what_follows_from_the_predictor(
    given: dict[str, str], loss: str, scales: bool, shifts: bool, classes: int, outputs: int
) -> None:
    auto = {"loss": "auto", "normalize_label": "auto", "unbias_label": "auto"}
    parsed = parse({**given, **auto})
    assert parsed == parse(given)
    assert (parsed.loss, parsed.normalize_label, parsed.unbias_label) == (loss, scales, shifts)
    assert (parsed.classes, parsed.outputs_per_model) == (classes, outputs)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if "auto" in row.words])
def test_auto_is_the_default(name: str) -> None:
    expected = "auto" if name == "positive_example_weight_mult" else getattr(parse(BINARY), name)
    assert getattr(parse({**BINARY, name: "auto"}), name) == expected


def test_strings_become_values() -> None:
    parsed = parse(
        {
            **BINARY,
            "mini_batch_size": "200",
            "wd": "1e-3",
            "use_bias": "False",
            "unbias_data": "true",
            "positive_example_weight_mult": "balanced",
            "binary_classifier_model_selection_criteria": "f_beta",
        }
    )
    assert parsed.mini_batch_size == 200
    assert parsed.wd == 1e-3
    assert parsed.use_bias is False
    assert parsed.unbias_data is True
    assert parsed.positive_example_weight_mult == "balanced"
    assert parsed.binary_classifier_model_selection_criteria == "f_beta"


DECAY_IN_FLOAT32 = "a number >= 0 and < 1, in float32 too, which has 1 there"


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("mini_batch_size", "0", "an integer > 0 and <= 2,147,483,647"),
        ("mini_batch_size", "1_000", "an integer > 0 and <= 2,147,483,647"),
        ("mini_batch_size", "\N{FULLWIDTH DIGIT ONE}", "an integer > 0 and <= 2,147,483,647"),
        ("wd", "\N{ARABIC-INDIC DIGIT ONE}.5", "auto or a number >= 0"),
        ("epochs", "1.5", "an integer > 0 and <= 2,147,483,647"),
        ("epochs", "9" * 90, "an integer > 0 and <= 2,147,483,647"),
        ("num_models", "-1", "auto or an integer > 0 and <= 2,147,483,647"),
        ("num_classes", "2", "an integer >= 3 and <= 1,000,000"),
        ("wd", "nan", "auto or a number >= 0"),
        ("wd", "inf", "auto or a number >= 0"),
        ("wd", " 1", "auto or a number >= 0"),
        ("l1", "1e39", "auto or a number >= 0, neither larger nor smaller than float32 has them"),
        ("margin", "1e-46", "a number > 0, neither larger nor smaller than float32 has them"),
        (
            "momentum",
            "0.99999999",
            "auto or a number >= 0 and < 1, in float32 too, which has 1 there",
        ),
        (
            "beta_2",
            "0.99999999",
            "auto or a number >= 0 and < 1, in float32 too, which has 1 there",
        ),
        ("init_bias", "-1e39", "a number, neither larger nor smaller than float32 has them"),
        ("beta_1", "1", "auto or a number >= 0 and < 1"),
        ("target_recall", "1", "a number > 0 and < 1"),
        ("use_bias", "yes", "true or false"),
        ("unbias_data", "", "auto or true or false"),
        ("init_method", "zeros", "one of uniform, normal"),
        ("positive_example_weight_mult", "heavy", "balanced or auto or a number > 0"),
    ],
)
def test_an_impossible_value_is_refused(name: str, text: str, allowed: str) -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({**BINARY, name: text})
    assert str(refusal.value) == f"{name}: {text!r} is not allowed: expected {allowed}"


@pytest.mark.parametrize(
    ("job", "name", "text", "reason"),
    [
        (BINARY, "num_classes", "10", "with predictor_type 'binary_classifier': expected predicto"),
        (REGRESSOR, "num_classes", "3", "with predictor_type 'regressor': expected predictor_type"),
        (BINARY, "loss", "softmax_loss", "expected one of auto, logistic, hinge_loss"),
        (MULTICLASS, "loss", "logistic", "expected one of auto, softmax_loss"),
        (REGRESSOR, "loss", "hinge_loss", "expected one of auto, squared_loss, absolute_loss, eps"),
        (BINARY, "momentum", "0.9", "with optimizer 'adam': expected optimizer sgd, or its defaul"),
        ({**BINARY, "optimizer": "sgd"}, "beta_1", "0.5", "optimizer adam, or its default, 0.9"),
        ({**BINARY, "optimizer": "rmsprop"}, "beta_2", "0.9", "or its default, 0.999"),
        ({**BINARY, "use_bias": "false"}, "bias_lr_mult", "1", "with use_bias 'false': expected"),
        ({**BINARY, "use_bias": "false"}, "bias_wd_mult", "1", "expected use_bias true, or its de"),
        ({**BINARY, "use_bias": "false"}, "init_bias", "-1", "or its default, 0.0"),
        ({**BINARY, "use_lr_scheduler": "false"}, "lr_scheduler_step", "9", "or leave it out"),
        ({**BINARY, "use_lr_scheduler": "false"}, "lr_scheduler_factor", "0.5", "or leave it out"),
        ({**BINARY, "use_lr_scheduler": "false"}, "lr_scheduler_minimum_lr", "1", "leave it out"),
        ({**BINARY, "learning_rate": "0.1"}, "lr_scheduler_minimum_lr", "0.2", "no more than the"),
        (BINARY, "init_sigma", "1", "with init_method 'uniform': expected init_method normal"),
        ({**BINARY, "init_method": "normal"}, "init_scale", "1", "expected init_method uniform"),
        (BINARY, "normalize_label", "true", "expected predictor_type regressor, or its default, f"),
        (MULTICLASS, "unbias_label", "True", "expected predictor_type regressor, or its default"),
        (
            {**BINARY, "normalize_data": "false", "use_bias": "false"},
            "num_point_for_scaler",
            "5",
            "where nothing is scaled or shifted: expected normalize_data, unbias_data,",
        ),
        (
            REGRESSOR,
            "binary_classifier_model_selection_criteria",
            "f_beta",
            "expected predictor_type binary_classifier, or its default, accuracy",
        ),
        (
            {**BINARY, "loss": "hinge_loss"},
            "binary_classifier_model_selection_criteria",
            "cross_entropy_loss",
            "whose scores are no probabilities: expected loss_function",
        ),
        (MULTICLASS, "num_calibration_samples", "9", "expected predictor_type binary_classifier"),
        (
            {**BINARY, "binary_classifier_model_selection_criteria": "loss_function"},
            "num_calibration_samples",
            "9",
            "with binary_classifier_model_selection_criteria 'loss_function': expected",
        ),
        (BINARY, "target_recall", "0.9", "criteria precision_at_target_recall, or its default, 0."),
        (BINARY, "target_precision", "0.9", "selection_criteria 'accuracy': expected binary_"),
        (MULTICLASS, "positive_example_weight_mult", "2", "expected predictor_type binary_class"),
        (REGRESSOR, "positive_example_weight_mult", "balanced", "or its default, 1.0"),
        (BINARY, "balance_multiclass_weights", "true", "expected predictor_type multiclass_classi"),
        (BINARY, "accuracy_top_k", "5", "expected predictor_type multiclass_classifier, or its d"),
        (REGRESSOR, "f_beta", "2", "binary_classifier or multiclass_classifier, or its default"),
        (BINARY, "margin", "2", "with loss 'logistic': expected loss hinge_loss, or its default,"),
        (REGRESSOR, "quantile", "0.9", "with loss 'squared_loss': expected loss quantile_loss"),
        (REGRESSOR, "huber_delta", "2", "expected loss huber_loss, or its default, 1.0"),
        (
            {**REGRESSOR, "loss": "huber_loss"},
            "loss_insensitivity",
            "0.1",
            "expected loss eps_insensitive_squared_loss or eps_insensitive_absolute_loss, or its",
        ),
    ],
)
def test_what_would_not_be_read_is_refused(
    job: dict[str, str], name: str, text: str, reason: str
) -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({**job, name: text})
    assert str(refusal.value).startswith(f"{name}: {text!r} is not allowed")
    assert reason in str(refusal.value)


def test_every_dependency_names_what_is_in_the_table() -> None:
    for name, row in TABLE.items():
        for other, values in row.only_with.items():
            for value in values:
                assert TABLE[other].parse(other, spelled(value)) == value, name


@pytest.mark.parametrize("predictor", PREDICTORS)
def test_a_default_or_auto_is_admitted_where_it_is_not_read(predictor: str) -> None:
    job = {
        **PREDICTORS[predictor],
        "optimizer": "sgd",
        "use_bias": "false",
        "use_lr_scheduler": "false",
        "init_method": "normal",
    }
    expected = parse(job)
    for name, row in TABLE.items():
        if row.only_with and name not in job:
            default = getattr(expected, name)
            told = ["auto"] if "auto" in row.words else []
            if default is not None:
                told += [spelled(default), str(default)]
            for text in told:
                if (name, text, predictor) != (
                    "positive_example_weight_mult",
                    "auto",
                    "binary_classifier",
                ):
                    assert parse({**job, name: text}) == expected, f"{name}={text}"


@pytest.mark.parametrize(
    ("job", "name", "text"),
    [
        ({**BINARY, "loss": "hinge_loss"}, "margin", "2"),
        ({**BINARY, "optimizer": "sgd"}, "momentum", "0.9"),
        ({**REGRESSOR, "loss": "quantile_loss"}, "quantile", "0.9"),
        ({**REGRESSOR, "loss": "huber_loss"}, "huber_delta", "2"),
        ({**REGRESSOR, "loss": "eps_insensitive_squared_loss"}, "loss_insensitivity", "0.5"),
        ({**REGRESSOR, "use_bias": "false"}, "unbias_label", "true"),
        (MULTICLASS, "balance_multiclass_weights", "True"),
        (MULTICLASS, "accuracy_top_k", "5"),
        (MULTICLASS, "f_beta", "2"),
        (
            {**BINARY, "binary_classifier_model_selection_criteria": "precision_at_target_recall"},
            "target_recall",
            "0.9",
        ),
        ({**BINARY, "use_bias": "false"}, "num_point_for_scaler", "5"),
        ({**BINARY, "learning_rate": "0.1"}, "lr_scheduler_minimum_lr", "0.1"),
    ],
)
def test_what_is_read_is_admitted(job: dict[str, str], name: str, text: str) -> None:
    assert spelled(getattr(parse({**job, name: text}), name)) in {text.lower(), f"{text}.0"}


def test_a_refusal_shows_the_beginning_of_a_long_value() -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({**BINARY, "margin": "2.".ljust(2_500, "0")})
    assert str(refusal.value).startswith(f"margin: '2.{'0' * 98}...' is not allowed with loss")


def test_a_multiclass_classifier_has_to_say_how_many_classes() -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({"predictor_type": "multiclass_classifier"})
    assert str(refusal.value) == (
        "num_classes is required with predictor_type 'multiclass_classifier': "
        "expected an integer >= 3 and <= 1,000,000"
    )


def test_a_job_of_a_tuning_job_trains_one_model() -> None:
    tuned = {**REGRESSOR, "_tuning_objective_metric": "validation:objective_loss"}
    assert parse(tuned).num_models == 1
    assert parse({**tuned, "num_models": "8"}).num_models == 1


def test_any_other_name_of_sagemaker_s_own_is_unknown() -> None:
    with pytest.raises(HyperparameterError, match="_kfold_tuning_objective_metric: unknown"):
        parse({**BINARY, "_kfold_tuning_objective_metric": "x"})


WORDS = sorted({word for row in TABLE.values() for word in row.words})
TEXTS = st.sampled_from([*WORDS, "true", "0", "0.5", "1", "3"]) | st.text(max_size=20)
OTHERS = st.dictionaries(st.sampled_from(list(TABLE)), TEXTS, max_size=6)


@given(
    predictor=st.sampled_from(list(PREDICTORS)),
    others=OTHERS,
    check=st.sampled_from([parse, check_overrides, of_pipeline_job]),
)
@example(predictor="binary_classifier", others={"epochs": "9" * 400}, check=parse)
def test_what_is_refused_is_refused_as_a_hyperparameter(
    predictor: str, others: dict[str, str], check: Callable[[dict[str, str]], object]
) -> None:
    with suppress(HyperparameterError):
        check({**others, **PREDICTORS[predictor]} if check is parse else others)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({**BINARY, "mini_batchsize": "200"})
    assert (
        str(refusal.value)
        == "mini_batchsize: unknown hyperparameter; did you mean 'mini_batch_size'?"
    )


def test_a_name_like_no_other_is_answered_with_all() -> None:
    with pytest.raises(HyperparameterError, match="zzz: unknown hyperparameter; known are pred"):
        parse({**BINARY, "zzz": "1"})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(HyperparameterError) as refusal:
        parse({"epochs": "0", "wd": "-1"})
    for name in ("predictor_type is required", "epochs: '0'", "wd: '-1'"):
        assert name in str(refusal.value)


def test_overrides_come_back_unchanged() -> None:
    overrides = {
        "mini_batch_size": "200",
        "margin": "2",
        "normalize_data": "false",
        "unbias_data": "false",
        "normalize_label": "false",
        "unbias_label": "false",
    }
    assert check_overrides(overrides) is overrides


@pytest.mark.parametrize("name", ["predictor_type", "feature_dim"])
def test_what_the_pipeline_sets_is_no_override(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: '784' .* set by the pipeline"):
        check_overrides({name: "784"})


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [
        ({"mini_batch_size": "0"}, "mini_batch_size: '0' is not allowed"),
        ({"loss": "huber_loss"}, "loss: 'huber_loss' is not allowed with predictor_type 'binary_"),
        ({"num_classes": "10"}, "num_classes: '10' is not allowed with predictor_type 'binary_cla"),
        ({"loss": "auto", "margin": "2"}, "margin: '2' is not allowed with loss 'logistic'"),
    ],
)
def test_overrides_are_refused_as_a_job_would_refuse_them(
    overrides: dict[str, str], reason: str
) -> None:
    with pytest.raises(HyperparameterError, match=reason):
        check_overrides(overrides)


def test_what_depends_on_what_is_not_among_the_overrides_waits_for_the_whole() -> None:
    overrides = check_overrides({"margin": "2"})
    whole = {"loss": "hinge_loss", **overrides}
    assert of_pipeline_job(whole) == {**BINARY, **whole}
    with pytest.raises(HyperparameterError, match="margin: '2' is not allowed with loss 'logist"):
        of_pipeline_job(overrides)


def test_the_page_in_the_docs_is_current() -> None:
    written = (Path(__file__).parents[3] / "docs" / "hyperparameters.md").read_text()
    assert written == hyperparameter_docs.render(), (
        "renew it: python -m contract.hyperparameter_docs > docs/hyperparameters.md"
    )
