//! Programs that answer on LocalStack's port in its place, by the signs in `assets/lookalikes.toml`.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

const DATA: &str = include_str!("../../../assets/lookalikes.toml");

/// The programs, in the order of the file. The unit test below holds that the file can be read.
static PROGRAMS: LazyLock<Vec<Program>> =
    LazyLock::new(|| toml::from_str::<File>(DATA).map(|file| file.program).unwrap_or_default());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    program: Vec<Program>,
}

/// A program, and how it is recognised.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    /// Where it can be read about.
    #[expect(dead_code, reason = "for readers of the file")]
    url: String,
    /// Any of these is enough.
    signs: Vec<Sign>,
}

/// A sign, of which all parts must hold.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Sign {
    /// Texts in the body.
    body: Vec<String>,
    /// Keys of the body's JSON object.
    keys: Vec<String>,
    /// `name: text`.
    header: Option<String>,
}

/// The name of the program that answered with these headers (names in lower case) and this body, if it is known.
pub(super) fn recognise(headers: &[(String, String)], body: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let known =
        PROGRAMS.iter().find(|program| program.signs.iter().any(|sign| sign.holds(headers, &text, json.as_ref())));
    known.map(|program| program.name.as_str())
}

impl Sign {
    fn holds(&self, headers: &[(String, String)], body: &str, json: Option<&Value>) -> bool {
        let header = self.header.as_deref().is_none_or(|wanted| {
            let (name, text) = wanted.split_once(':').unwrap_or((wanted, ""));
            let text = text.trim().to_ascii_lowercase();
            headers.iter().any(|(n, value)| n == name && value.to_ascii_lowercase().contains(&text))
        });
        header
            && self.body.iter().all(|text| body.contains(text.as_str()))
            && self.keys.iter().all(|key| json.is_some_and(|json| json.get(key).is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_every_sign_says_something() {
        let file: File = toml::from_str(DATA).unwrap();
        assert!(file.program.len() > 3);
        for program in file.program {
            for sign in program.signs {
                let parts = sign.body.len() + sign.keys.len() + usize::from(sign.header.is_some());
                assert!(parts > 0, "{}", program.name);
            }
        }
    }

    fn named(headers: &[(&str, &str)], body: &str) -> Option<&'static str> {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        recognise(&headers, body.as_bytes())
    }

    #[test]
    fn lookalikes_are_known_and_localstack_is_none_of_them() {
        let health = r#"{"services": {"s3": "available"}, "auth": "disabled", "edition": "light", "version": "1", "iot_mtls": {}, "ready_scripts": {}}"#;
        assert_eq!(named(&[], health), Some("MiniStack"));
        assert_eq!(
            named(&[], r#"{"version": "1.0", "edition": "community", "original_edition": "floci-always-free"}"#),
            Some("Floci")
        );
        let bucket = "<Error><Code>NoSuchBucket</Code><BucketName>_localstack</BucketName></Error>";
        assert_eq!(
            named(&[("server", "Werkzeug/3.1.9 Python/3.11.7"), ("server", "amazon.com")], bucket),
            Some("moto")
        );
        assert_eq!(named(&[("server", "amazon.com")], bucket), None);
        assert_eq!(named(&[("x-localemu", "true")], "{}"), Some("LocalEmu"));
        assert_eq!(
            named(&[], r#"{"services": {"s3": "available"}, "edition": "community", "version": "4.14.0"}"#),
            None
        );
    }
}
