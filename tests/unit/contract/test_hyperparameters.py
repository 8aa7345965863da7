"""The table of hyperparameters: what is accepted, and how a refusal reads."""

from dataclasses import fields

import pytest

from contract.hyperparameters import (
    TABLE,
    HyperparameterError,
    Hyperparameters,
    check_overrides,
    parse,
)

BINARY = {"predictor_type": "binary_classifier"}
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
    assert parsed == Hyperparameters(predictor_type="binary_classifier")
    assert (parsed.mini_batch_size, parsed.epochs, parsed.num_models) == (1000, 15, None)
    assert (parsed.beta_1, parsed.beta_2, parsed.bias_lr_mult) == (0.9, 0.999, 10.0)


def test_every_default_lies_within_its_own_range() -> None:
    defaults = Hyperparameters(predictor_type="binary_classifier")
    for declared in fields(Hyperparameters):
        value = getattr(defaults, declared.name)
        if value is not None:
            assert TABLE[declared.name].parse(declared.name, str(value)) == value, declared.name


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


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("mini_batch_size", "0", "an integer > 0"),
        ("mini_batch_size", "1_000", "an integer > 0"),
        ("mini_batch_size", "\N{FULLWIDTH DIGIT ONE}", "an integer > 0"),
        ("wd", "\N{ARABIC-INDIC DIGIT ONE}.5", "auto or a number >= 0"),
        ("epochs", "1.5", "an integer > 0"),
        ("num_models", "-1", "auto or an integer > 0"),
        ("num_classes", "2", "an integer >= 3 and <= 1e+06"),
        ("wd", "nan", "auto or a number >= 0"),
        ("wd", "inf", "auto or a number >= 0"),
        ("wd", " 1", "auto or a number >= 0"),
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
    ("name", "text"),
    [
        ("predictor_type", "regressor"),
        ("predictor_type", "multiclass_classifier"),
        ("num_classes", "10"),
        ("loss", "hinge_loss"),
        ("optimizer", "sgd"),
        ("optimizer", "rmsprop"),
        ("momentum", "0.9"),
        ("normalize_label", "true"),
        ("unbias_label", "true"),
        ("balance_multiclass_weights", "true"),
        ("accuracy_top_k", "5"),
        ("margin", "2"),
        ("quantile", "0.9"),
        ("huber_delta", "2"),
        ("loss_insensitivity", "0.1"),
    ],
)
def test_what_is_not_honoured_yet_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: '{text}' is not available yet"):
        parse({**BINARY, name: text})


def test_a_default_of_what_is_not_honoured_yet_changes_nothing() -> None:
    assert parse({**BINARY, "margin": "1", "momentum": "0.0", "accuracy_top_k": "3"}) == parse(
        BINARY
    )


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
    overrides = {"mini_batch_size": "200", "epochs": "3"}
    assert check_overrides(overrides) is overrides


@pytest.mark.parametrize("name", ["predictor_type", "feature_dim"])
def test_what_the_pipeline_sets_is_no_override(name: str) -> None:
    with pytest.raises(HyperparameterError, match=f"{name}: '784' .* set by the pipeline"):
        check_overrides({name: "784"})


def test_overrides_are_refused_as_a_job_would_refuse_them() -> None:
    with pytest.raises(HyperparameterError, match="mini_batch_size: '0' is not allowed"):
        check_overrides({"mini_batch_size": "0"})
