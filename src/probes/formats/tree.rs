//! Reads a text that is JSON or YAML into one tree of values. What the tree describes is up to the caller.

use serde_json::Value;

/// The nodes of a tree, its depth and its aliases are bounded: an alias bomb must not fill memory.
const MOST_NODES: usize = 200_000;
const DEEPEST: usize = 64;
const MOST_ALIASES: usize = 1_000;

/// The tree of a text in JSON, also where its outer brackets were left out when it was copied, as in `"Env": ["A=b"],`.
pub(crate) fn json(text: &str) -> Option<Value> {
    let text = text.trim();
    let fragment = text.trim_end_matches(',');
    let wrapped = || [format!("{{{fragment}}}"), format!("[{fragment}]")];
    let whole = serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array());
    if whole.is_some() || !text.starts_with('"') {
        return whole;
    }
    wrapped().iter().find_map(|text| serde_json::from_str(text).ok())
}

/// The tree of a text in YAML; the documents of a text that has several are the items of one list.
pub(crate) fn yaml(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        budget: serde_saphyr::budget! {
            max_nodes: MOST_NODES,
            max_aliases: MOST_ALIASES,
            max_depth: DEEPEST,
        },
    };
    let mut documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options).ok()?;
    let tree = if documents.len() == 1 { documents.pop()? } else { Value::Array(documents) };
    (tree.is_object() || tree.is_array()).then_some(tree)
}

/// The tree of a text in JSON or else in YAML.
pub(crate) fn parse(text: &str) -> Option<Value> {
    json(text).or_else(|| yaml(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_yaml_and_fragments_give_the_same_tree() {
        let tree = json!({"Env": ["A=b", "C"]});
        for text in [
            r#"{"Env": ["A=b", "C"]}"#,
            "\"Env\": [\n  \"A=b\",\n  \"C\"\n],",
            "Env:\n- A=b\n- C\n",
            "---\nEnv: [A=b, C]\n",
        ] {
            assert_eq!(parse(text).unwrap(), tree, "{text}");
        }
        assert_eq!(parse("a: 1\n---\nb: 2").unwrap(), json!([{"a": 1}, {"b": 2}]));
        assert_eq!(parse("\"A=b\",\n\"C=d\",").unwrap(), json!(["A=b", "C=d"]));
        for text in ["", "A=b", "just words", "\"a word\"", "a: [", "<html>"] {
            let tree = parse(text);
            assert!(tree.as_ref().is_none_or(|t| *t == json!(["a word"]) || *t == json!([])), "{text}: {tree:?}");
        }
    }

    #[test]
    fn aliases_cannot_fill_memory() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let before = n - 1;
            text.push_str(&format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n"));
        }
        assert_eq!(parse(&text), None);
    }
}
