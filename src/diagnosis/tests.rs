//! Tests that ask the whole diagnosis, and not one part of it.

use jiff::Timestamp;

use super::*;
use crate::observations::{
    BundleTrust, ConnectionPath, Hit, Https, Instances, LogDigest, LogLine, LogOrigin, Observation, Removed, Run,
    Speaker, Tls, TlsFault, Trust, Update,
};

#[test]
fn the_log_of_a_container_that_removed_itself_stays_and_that_of_another_does_not() {
    let now = Timestamp::UNIX_EPOCH;
    let catalogue = Catalogue::load().unwrap();
    let phrase = &catalogue.cause("credentials-missing").unwrap().when[0].any[0];
    for (gone, cause) in [("ls", "credentials-missing"), ("other", "license-failure-unspecified")] {
        let at = LogLine { number: 2, text: phrase.text.clone(), ..LogLine::default() };
        let hit = Hit { phrase: phrase.key(), at, speaker: Speaker::LocalStack };
        let run = Run { hits: vec![hit], ..Run::default() };
        let log =
            LogDigest { origin: LogOrigin::Instance("ls".into()), runs: vec![run], lines: 2, ..LogDigest::default() };
        let vanished = Removed { name: gone.into(), exit_code: Some(55), ..Removed::default() };
        let instances = Instances { vanished: vec![vanished], ..Instances::default() };
        let mut snapshot = Snapshot::default();
        snapshot.apply(Update::Logs(Observation::seen(now, log)));
        snapshot.apply(Update::Container(Observation::seen(now, instances)));
        snapshot.apply(Update::Logs(Observation::Skipped { because: "no container".into() }));
        assert_eq!(diagnose(&snapshot, &catalogue, now).headline.cause, cause, "{gone}");
    }
}

#[test]
fn what_localstacks_own_roots_trust_is_no_failure() {
    let (now, catalogue) = (Timestamp::UNIX_EPOCH, Catalogue::load().unwrap());
    let refuses = || Trust::Untrusted { fault: TlsFault::UnknownIssuer };
    let bundle = |verdict| {
        let (variable, path) = ("REQUESTS_CA_BUNDLE".to_owned(), "/ca.pem".to_owned());
        Some(BundleTrust { variable, path, verdict: Ok(verdict) })
    };
    for (mozilla, bundle, fails) in [
        (refuses(), bundle(Trust::Trusted), false),
        (Trust::Trusted, None, false),
        (Trust::NotChecked, None, true),
        (Trust::Trusted, bundle(refuses()), true),
    ] {
        let tls = Tls { system: refuses(), mozilla, bundle, ..Tls::default() };
        let https = Observation::seen(now, Https { status: 200, ..Https::default() });
        let host = ConnectionPath { tls: Observation::seen(now, tls.clone()), https, ..ConnectionPath::default() };
        let snapshot = Snapshot { host, ..Snapshot::default() };
        let cx =
            FactContext { snapshot: &snapshot, run: None, lexicon: &catalogue.lexicon, activated_before: false, now };
        assert_eq!(Fact::TlsFailed.evidence(&cx).is_some(), fails, "{tls:?}");
        let rows = diagnose(&snapshot, &catalogue, now).checks;
        assert_eq!(rows[0].status == CheckStatus::Fail, fails, "{rows:?}");
    }
}
