//! Cached license files in homes of their own: told without secrets, and told when they make no sense.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use crate::support::homes;

use crate::support::homes::{Home, assert_scrubbed};
use lsdoctor::diagnosis::{Catalogue, CheckStatus, diagnose};
use lsdoctor::observations::{CachePlace, CachedLicense, LicenseFile, Observation, ProbeId, Snapshot};
use lsdoctor::probes::license_cache;

const LICENSE: &str = r#"{"license_type": "trial", "license_status": "ACTIVE", "license_secret": "marked-secret",
    "signature": "marked-signature", "expiry_date": "2027-01-01T00:00:00"}"#;

async fn look(home: &Home) -> Vec<CachedLicense> {
    let found = license_cache::observe(&home.context(), None).await.unwrap();
    assert_scrubbed(&found);
    found
}

#[tokio::test]
async fn the_caches_of_the_cli_and_of_lstk_are_read() {
    let mut home = Home::new();
    assert_eq!(look(&home).await, []);
    let cli = home.write("home/.cache/localstack-cli/license.json", LICENSE);
    home.set("XDG_CACHE_HOME", home.path("cache").to_str().unwrap());
    home.write("cache/lstk/license.json", "{\"license_type\": \"tr");
    let found = look(&home).await;
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].place, found[0].path.as_str()), (CachePlace::Host, cli.to_str().unwrap()));
    let LicenseFile::License(license) = &found[0].content else { panic!("{found:?}") };
    assert_eq!(
        (license.plan.as_str(), license.expires.unwrap().to_string().as_str()),
        ("trial", "2027-01-01T00:00:00Z")
    );
    assert!(matches!(&found[1].content, LicenseFile::Corrupt { why } if why.contains("cut off")), "{found:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_and_never_waited_for() {
    let home = Home::new();
    let path = home.path("home/.cache/localstack-cli/license.json");
    let mut told = Vec::new();
    for obstacle in homes::obstacles(&path) {
        obstacle();
        let look = tokio::time::timeout(std::time::Duration::from_secs(20), look(&home));
        let found = look.await.expect("must not hang");
        assert_eq!(found.len(), 1);
        told.push(match &found[0].content {
            LicenseFile::Unreadable { why } if why.contains("not a regular file") => "no file",
            LicenseFile::Unreadable { why } if why.contains("larger than") => "too large",
            LicenseFile::Unreadable { .. } => "unreadable",
            LicenseFile::Corrupt { .. } => "corrupt",
            LicenseFile::License(_) => "license",
        });
    }
    // A pipe, a folder, a loop, a device, a giant; then bytes that are no JSON.
    assert_eq!(told, ["no file", "no file", "unreadable", "no file", "too large", "corrupt"]);
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_dir(path.parent().unwrap()).unwrap();
    std::fs::write(path.parent().unwrap(), "a file where the folder should be").unwrap();
    assert_eq!(look(&home).await, []);
}

#[tokio::test]
async fn without_a_home_there_is_no_cache() {
    let home = Home::new();
    let mut context = home.context();
    context.host.home = None;
    assert_eq!(license_cache::observe(&context, None).await.unwrap(), []);
}

#[tokio::test]
async fn of_two_caches_the_one_that_is_no_good_is_told() {
    let mut home = Home::new();
    home.set("XDG_CACHE_HOME", home.path("cache").to_str().unwrap());
    home.write("home/.cache/localstack-cli/license.json", LICENSE);
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    for (flaw, says) in [
        (LICENSE.replace("2027-", "2020-"), "expired on 2020-01-01."),
        (LICENSE.replace("ACTIVE", "EXPIRED"), "has the status EXPIRED."),
    ] {
        let lstk = home.write("cache/lstk/license.json", &flaw).display().to_string();
        let cache = Observation::seen(now, look(&home).await);
        let told = diagnose(&Snapshot { cache, ..Snapshot::default() }, &Catalogue::load().unwrap(), now);
        let finding = told.findings.iter().find(|f| f.cause == "license-expired").unwrap();
        assert!(finding.summary.contains(&lstk) && finding.summary.ends_with(says), "{finding:?}");
        assert!(!finding.remedies.iter().any(|r| r.command.as_ref().is_some_and(|c| c.contains("localstack-cli"))));
        let row = told.checks.iter().find(|row| row.id == ProbeId::Cache).unwrap();
        assert!(row.status == CheckStatus::Warn && row.summary.contains(&lstk), "{row:?}");
    }
}
