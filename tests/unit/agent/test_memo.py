"""Under which key a value may be used again."""

from __future__ import annotations

from salt_agent.memo import memo_key

INPUT = '{"args":[{"$ref":3},{"$ref":7}],"kwargs":{}}'


def test_the_numbers_of_the_calls_do_not_count() -> None:
    other = '{"args":[{"$ref":12},{"$ref":5}],"kwargs":{}}'
    one = memo_key("code", "fit", INPUT, {3: '"a"', 7: "[1]"})
    assert one == memo_key("code", "fit", other, {12: '"a"', 5: "[1]"})
    assert one == memo_key("code", "fit", '{"args":["a",[1]],"kwargs":{}}', {})


def test_code_name_input_and_each_result_count() -> None:
    results = {3: '"a"', 7: "[1]"}
    keys = {
        memo_key("code", "fit", INPUT, results),
        memo_key("other", "fit", INPUT, results),
        memo_key("code", "fat", INPUT, results),
        memo_key("code", "fit", INPUT.replace("kwargs", "kwarg"), results),
        memo_key("code", "fit", INPUT, {3: "[1]", 7: '"a"'}),
    }
    assert len(keys) == 5


def test_parts_do_not_run_into_each_other() -> None:
    assert memo_key("ab", "c", "{}", {}) != memo_key("a", "bc", "{}", {})


def test_a_user_s_text_that_looks_like_a_reference_stays() -> None:
    text = r'{"args":["{\"$ref\":3}"],"kwargs":{"x":{"$$ref":3}}}'
    assert memo_key("c", "n", text, {3: "1"}) == memo_key("c", "n", text, {3: "2"})
