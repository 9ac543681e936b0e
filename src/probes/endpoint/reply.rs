//! What an HTTP answer to `/_localstack/health` or `/_localstack/info` shows: LocalStack, a program that is known to take its
//! place, or something else. Pure; the same reader serves answers that were saved in a file.

use serde_json::Value;

use super::lookalikes;
use crate::observations::{Answer, Health, Info};
use crate::probes::formats::html;
use crate::scrub::Scrubber;

/// The header of LocalStack's own answers; `LOCALSTACK_RESPONSE_HEADER_ENABLED=0` switches it off.
const MARK: &str = "x-localstack";
/// The characters of another program's answer that are shown.
const LONGEST_WORDS: usize = 120;
/// The most failing services that are named.
const MOST_FAILING: usize = 20;

/// An answer, as much of it as was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: u16,
    /// Names in lower case, and values.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, bounded.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Whether it carries LocalStack's header.
    pub(super) fn is_marked(&self) -> bool {
        self.headers.iter().any(|(name, _)| name == MARK)
    }

    fn header(&self, wanted: &str) -> &str {
        self.headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value)
    }

    /// The body of `/_localstack/health`, if it is one that LocalStack sent.
    pub(super) fn health(&self, scrubber: &Scrubber) -> Option<Health> {
        if self.lookalike().is_some() { None } else { read_health(&self.body, scrubber) }
    }

    /// The body of `/_localstack/info`, if it is one that LocalStack sent.
    pub(super) fn info(&self, scrubber: &Scrubber) -> Option<Info> {
        if self.lookalike().is_some() { None } else { read_info(&self.body, scrubber) }
    }

    /// The program that is known to answer like this in LocalStack's place.
    pub(super) fn lookalike(&self) -> Option<&'static str> {
        if self.is_marked() { None } else { lookalikes::recognise(&self.headers, &self.body) }
    }

    /// Who answers. `usable`: LocalStack's body of one of the two paths was read, here or in the other answer.
    pub(crate) fn judge(&self, usable: bool, scrubber: &Scrubber) -> Answer {
        let fine = (200..300).contains(&self.status);
        if usable || (self.is_marked() && fine) {
            return Answer::LocalStack;
        }
        if self.is_marked() {
            return Answer::LocalStackError { status: self.status };
        }
        let is_page = html::is_html(self.header("content-type"), &self.body);
        let title = if is_page { html::title(&self.body, scrubber) } else { None };
        let says = title.unwrap_or_else(|| html::beginning(&self.body, LONGEST_WORDS, scrubber));
        let server = scrubber.beginning(self.header("server"), LONGEST_WORDS);
        let program = self.lookalike().map(str::to_owned);
        Answer::OtherProgram { status: self.status, server, says, program }
    }
}

/// The body of `/_localstack/health`, if it is one: services, and a version or an edition.
pub fn read_health(body: &[u8], scrubber: &Scrubber) -> Option<Health> {
    let health = health(&serde_json::from_slice(body).ok()?, scrubber)?;
    (!health.edition.is_empty() || !health.version.is_empty()).then_some(health)
}

/// The body of `/_localstack/info`, if it is one: a version, and an edition or a word on the activation.
pub fn read_info(body: &[u8], scrubber: &Scrubber) -> Option<Info> {
    let info = info(&serde_json::from_slice(body).ok()?, scrubber);
    let shaped = !info.version.is_empty() && (!info.edition.is_empty() || info.is_license_activated.is_some());
    shaped.then_some(info)
}

/// What a body says that has services, whatever else it lacks.
pub(super) fn health(value: &Value, scrubber: &Scrubber) -> Option<Health> {
    let services = value.get("services")?.as_object()?;
    let in_state = |state: &'static str| services.iter().filter(move |(_, s)| s.as_str() == Some(state));
    let failing = in_state("error").take(MOST_FAILING);
    Some(Health {
        edition: word(value, "edition", scrubber),
        version: word(value, "version", scrubber),
        services: services.len(),
        running: in_state("running").count(),
        failing: failing.map(|(name, _)| scrubber.beginning(name, LONGEST_WORDS)).collect(),
    })
}

/// What a body says, field by field; what is missing or odd is left at its default.
pub(super) fn info(value: &Value, scrubber: &Scrubber) -> Info {
    let flag = |name: &str| value.get(name).and_then(Value::as_bool);
    Info {
        version: word(value, "version", scrubber),
        edition: word(value, "edition", scrubber),
        is_license_activated: flag("is_license_activated"),
        session_id: word(value, "session_id", scrubber),
        system: word(value, "system", scrubber),
        is_docker: flag("is_docker"),
        server_time_utc: word(value, "server_time_utc", scrubber),
        uptime: value.get("uptime").and_then(Value::as_u64),
    }
}

fn word(value: &Value, name: &str, scrubber: &Scrubber) -> String {
    scrubber.beginning(value.get(name).and_then(Value::as_str).unwrap_or_default(), LONGEST_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_localstacks_header_is_never_taken_for_another_program() {
        let headers = vec![(MARK.to_owned(), "2026.3".to_owned())];
        let body = br#"{"services": {}, "iot_mtls": {}}"#.to_vec();
        let own = Reply { status: 200, headers, body };
        assert_eq!(own.lookalike(), None);
        assert_eq!(Reply { headers: Vec::new(), ..own }.lookalike(), Some("MiniStack"));
    }
}
