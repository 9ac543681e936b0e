//! What image a Dockerfile builds on. Pure; build arguments are filled in where the file or the caller gives them.

use std::collections::BTreeMap;

use crate::probes::formats::interpolate::Template;

/// Stages can build on each other; nobody goes deeper.
const DEEPEST: usize = 8;

/// The image below a stage of a Dockerfile, and the line that names it, counted from 1. `target` is the stage, the last one
/// where it is not given.
///
/// `FROM localstack/localstack-pro:4.14.0 AS base` and `FROM base` give `localstack/localstack-pro:4.14.0` and line 1.
pub(super) fn base_image(text: &str, target: Option<&str>, args: &BTreeMap<String, String>) -> Option<(String, u64)> {
    let mut defaults: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: Vec<(Option<String>, String, u64)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mut words = line.split_whitespace();
        let Some(instruction) = words.next() else { continue };
        if instruction.eq_ignore_ascii_case("ARG") && stages.is_empty() {
            if let Some((name, value)) = words.next().and_then(|pair| pair.split_once('=')) {
                defaults.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
            }
        } else if instruction.eq_ignore_ascii_case("FROM") {
            let mut words = words.skip_while(|word| word.starts_with("--"));
            let Some(image) = words.next() else { continue };
            let name = words.next().filter(|word| word.eq_ignore_ascii_case("AS")).and_then(|_| words.next());
            let find = |name: &str| args.get(name).or_else(|| defaults.get(name)).cloned();
            let filled = Template::parse(image).and_then(|template| template.expand(&find));
            stages.push((name.map(str::to_owned), filled.unwrap_or_else(|_| image.to_owned()), number));
        }
    }
    let named = |wanted: &str| {
        let is = |name: &Option<String>| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        stages.iter().find(|(name, ..)| is(name))
    };
    let mut stage = target.map_or_else(|| stages.last(), named)?;
    for _ in 0..DEEPEST {
        match named(&stage.1).filter(|below| below.2 < stage.2) {
            Some(below) => stage = below,
            None => break,
        }
    }
    Some((stage.1.clone(), stage.2))
}

/// Whether the Dockerfile sets one of these variables in the image.
pub(super) fn sets(text: &str, names: &[&str]) -> bool {
    text.lines().any(|line| {
        let instruction = line.trim_start().get(..4).unwrap_or_default();
        instruction.eq_ignore_ascii_case("ENV ") && names.iter().any(|name| line.contains(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_below_a_stage_is_found() {
        let none = BTreeMap::new();
        let args = BTreeMap::from([("VERSION".to_owned(), "9".to_owned())]);
        for (text, target, args, image) in [
            (
                "# x\nFROM localstack/localstack-pro:4.14.0\nRUN x",
                None,
                &none,
                Some(("localstack/localstack-pro:4.14.0", 2)),
            ),
            ("ARG VERSION=8\nfrom --platform=linux/amd64 a:${VERSION} AS b\nFROM b\n", None, &none, Some(("a:8", 2))),
            ("ARG VERSION=8\nFROM a:${VERSION} AS b\nFROM c\n", Some("b"), &args, Some(("a:9", 2))),
            ("FROM a AS a\n", None, &none, Some(("a", 1))),
            ("RUN x", None, &none, None),
            ("FROM a", Some("other"), &none, None),
        ] {
            let found = base_image(text, target, args);
            assert_eq!(found.as_ref().map(|(image, line)| (image.as_str(), *line)), image, "{text}");
        }
        assert!(sets("FROM a\nENV LOCALSTACK_AUTH_TOKEN=x", &["LOCALSTACK_AUTH_TOKEN"]));
        assert!(!sets("FROM a\nRUN LOCALSTACK_AUTH_TOKEN=x y", &["LOCALSTACK_AUTH_TOKEN"]));
    }
}
