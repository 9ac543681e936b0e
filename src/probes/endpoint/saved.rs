//! Reads an answer of the endpoint that somebody saved in a file: the body of `/_localstack/info` or `/_localstack/health`, with
//! or without its head, another program's answer, or curl's word that there was none.

use serde_json::Value;

use super::reply::{Reply, health, info};
use crate::observations::{Answer, Endpoint};
use crate::probes::formats::saved_answer::{self, SavedAnswer};
use crate::probes::formats::tree;
use crate::scrub::Scrubber;

/// Keys of `/_localstack/info`: a body that was shortened by hand has at least one of them.
const INFO_KEYS: [&str; 3] = ["is_license_activated", "edition", "session_id"];

/// What a saved answer shows. `url` and `chosen_by` are left to the caller.
///
/// # Errors
/// When nothing can be made of the text: why, to follow the name of the file.
pub(crate) fn read_saved(text: &str, scrubber: &Scrubber) -> Result<Endpoint, String> {
    let SavedAnswer { status, headers, body } = saved_answer::parse(text);
    if let Some(answer) = silence(&body) {
        return Ok(Endpoint { answer, ..Endpoint::default() });
    }
    if body.is_empty() && status.is_none() {
        return Err("is empty".to_owned());
    }
    let json = tree::parse(&body).filter(Value::is_object);
    if json.is_none() && body.starts_with('{') {
        return Err("begins as JSON and is broken or cut off: save the whole answer".to_owned());
    }
    let reply = Reply { status: status.unwrap_or(0), headers, body: body.into_bytes() };
    let own = json.filter(|_| reply.lookalike().is_none());
    let health = own.as_ref().and_then(|json| health(json, scrubber));
    let known = |json: &Value| INFO_KEYS.iter().any(|key| json.get(key).is_some());
    let info = own.as_ref().filter(|json| health.is_none() && known(json)).map(|json| info(json, scrubber));
    let answer = reply.judge(health.is_some() || info.is_some(), scrubber);
    Ok(Endpoint { answer, health, info, ..Endpoint::default() })
}

/// What curl says when there is no answer: `curl: (7) Failed to connect to localhost port 4566`.
fn silence(text: &str) -> Option<Answer> {
    let (_, rest) = text.split_once("curl: (")?;
    let (code, why) = rest.split_once(')')?;
    // Whatever was answered before it broke off stands above.
    if !text.starts_with("curl: (") && !text.trim_start().starts_with('%') {
        return None;
    }
    let why = why.lines().next().unwrap_or_default().trim().to_owned();
    Some(match code {
        "7" if why.contains("refused") || why.contains("Failed to connect") || why.contains("Couldn't connect") => {
            Answer::Refused
        }
        "28" => Answer::Hung,
        "52" | "56" => Answer::EmptyReply,
        _ => Answer::Unreachable { why },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Endpoint, String> {
        read_saved(text, &Scrubber::new())
    }

    #[test]
    fn an_answer_of_localstack_is_read_however_it_was_saved() {
        let body = r#"{"version": "4.14.0:3f2a", "edition": "pro", "is_license_activated": true}"#;
        for text in [
            body.to_owned(),
            format!("HTTP/1.1 200 OK\r\nServer: TwistedWeb\r\n\r\n{body}\r\n"),
            "{'version': '4.14.0:3f2a', 'edition': 'pro', 'is_license_activated': True}".to_owned(),
            "{\"is_license_activated\": true}".to_owned(),
        ] {
            let found = read(&text).unwrap();
            assert_eq!(found.answer, Answer::LocalStack, "{text}");
            assert_eq!(found.info.unwrap().is_license_activated, Some(true), "{text}");
        }
        let found = read(r#"{"services": {"s3": "running"}, "edition": "pro", "version": "4.14.0"}"#).unwrap();
        assert!(found.info.is_none() && found.health.is_some());
    }

    #[test]
    fn other_answers_are_told_as_what_they_are() {
        let other = |text: &str| match read(text).unwrap().answer {
            Answer::OtherProgram { program, says, .. } => (program, says),
            answer => panic!("{text}: {answer:?}"),
        };
        assert_eq!(other("<html><head><title>404 Not Found</title></head></html>").1, "404 Not Found");
        assert_eq!(other(r#"{"status": "UP", "components": {}}"#).0, None);
        assert_eq!(other("HTTP/1.1 404 Not Found\nServer: nginx\n").0, None);
        assert_eq!(other(r#"{"error": "Ministack exposes /_ministack/health"}"#).0.as_deref(), Some("MiniStack"));
        assert_eq!(
            other(r#"{"version": "1", "edition": "community", "original_edition": "x"}"#).0.as_deref(),
            Some("Floci")
        );
        assert_eq!(
            read("curl: (7) Failed to connect to localhost port 4566: Connection refused").unwrap().answer,
            Answer::Refused
        );
        assert_eq!(read("curl: (52) Empty reply from server").unwrap().answer, Answer::EmptyReply);
        assert_eq!(
            read("HTTP/1.1 502 Bad Gateway\nx-localstack: true\n\n").unwrap().answer,
            Answer::LocalStackError { status: 502 }
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for text in ["", " \n", "{\"version\": \"4.14.0\", \"edit"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
