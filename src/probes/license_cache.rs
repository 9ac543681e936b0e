//! Reads cached license files on the host and in the container; their secret and signature are dropped unread.
//! The diagnosis decides whether a license is still valid.

use std::io;
use std::path::PathBuf;

use futures_util::future::join_all;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use super::chosen::Chosen;
use super::context::Context;
use super::host::dirs::System;
use super::host::file;
use crate::observations::{CachePlace, CachedLicense, ErrorKind, License, LicenseFile};
use crate::scrub::Scrubber;

/// A license file is a few kilobytes.
pub const LARGEST_FILE: u64 = 1 << 20;
/// A license names a handful of products.
const MOST_PRODUCTS: usize = 50;
/// A plan, a status, a version: a word or two.
const LONGEST_TEXT: usize = 100;
/// Numbers above this are milliseconds; as seconds they would be in the year 5138.
const MILLISECONDS_FROM: f64 = 1e11;
/// Where LocalStack looks in its container, in its order; it writes the second.
const IN_CONTAINER: [&str; 3] = [
    "/etc/localstack/conf.d/license.json",
    "/var/lib/localstack/cache/license.json",
    "/usr/lib/localstack/license.json",
];

/// The cached licenses that exist.
///
/// # Errors
/// When the engine cannot tell, and nothing was found on the host either.
pub async fn observe(context: &Context, chosen: Option<&Chosen>) -> Answer<Vec<CachedLicense>> {
    let (host, inside) = tokio::join!(on_host(context), in_container(context, chosen));
    match inside {
        Ok(inside) => Ok(host.into_iter().chain(inside).collect()),
        Err(error) if host.is_empty() => Err(error),
        Err(_) => Ok(host),
    }
}

async fn on_host(context: &Context) -> Vec<CachedLicense> {
    let mut found = Vec::new();
    for path in host_files(context, System::here()) {
        let content = match file::read(&path, LARGEST_FILE).await {
            Ok(bytes) => parse(&bytes, &context.scrubber),
            Err(error) if is_absent(&error) => continue,
            Err(error) => LicenseFile::Unreadable { why: context.scrubber.text(&file::why(&error)) },
        };
        let path = context.scrubber.text(&path.display().to_string());
        found.push(CachedLicense { place: CachePlace::Host, path, content });
    }
    found
}

fn host_files(context: &Context, system: System) -> Vec<PathBuf> {
    let cli = system.cli_cache(&context.host).map(|folder| folder.join("localstack-cli"));
    let lstk = system.cache(&context.host).map(|folder| folder.join("lstk"));
    cli.into_iter().chain(lstk).map(|folder| folder.join("license.json")).collect()
}

/// No such file, or something else where its folder should be.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

async fn in_container(context: &Context, chosen: Option<&Chosen>) -> Answer<Vec<CachedLicense>> {
    let Some((chosen, source)) = chosen.and_then(|chosen| Some((chosen, chosen.source.as_ref()?))) else {
        return Ok(Vec::new());
    };
    let handle = &chosen.container.handle();
    let answers = IN_CONTAINER.map(|path| async move {
        let content = match source.file(handle, path, LARGEST_FILE).await {
            Ok(found) => match found.into_bytes(path) {
                Ok(bytes) => bytes.map(Zeroizing::new).map(|bytes| parse(&bytes, &context.scrubber)),
                Err(why) => Some(LicenseFile::Unreadable { why: context.scrubber.text(&why) }),
            },
            // An archive that is damaged; any other failure is the source's.
            Err(error) if error.kind == ErrorKind::BadAnswer => Some(LicenseFile::Unreadable { why: error.detail }),
            Err(error) => return Err(error),
        };
        let path = path.to_owned();
        Ok(content.map(|content| CachedLicense { place: CachePlace::Container, path, content }))
    });
    let mut found = Vec::new();
    let mut failed = None;
    for answer in join_all(answers).await {
        match answer {
            Ok(license) => found.extend(license),
            Err(error) => failed = Some(error),
        }
    }
    failed.filter(|_| found.is_empty()).map_or(Ok(found), Err)
}

/// The fields that are taken up. `license_secret` and `signature` are skipped by the parser and never stored.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Stored {
    license_type: Value,
    license_status: Value,
    issue_date: Value,
    expiry_date: Value,
    last_activated: Value,
    reactivate_after: Value,
    products: Vec<Product>,
    offline_data: Option<Offline>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Product {
    name: Value,
    version: Value,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Offline {
    localstack_version: Value,
}

/// Reads a license file. No text of it is in the answer when it makes no sense.
pub fn parse(bytes: &[u8], scrubber: &Scrubber) -> LicenseFile {
    let corrupt = |why: String| LicenseFile::Corrupt { why };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return corrupt("the file is empty".to_owned());
    }
    let stored: Stored = match serde_json::from_slice(bytes) {
        Ok(stored) => stored,
        Err(error) => {
            let what = match error.classify() {
                serde_json::error::Category::Data => "no license",
                serde_json::error::Category::Eof => "cut off",
                _ => "no JSON",
            };
            return corrupt(format!("the file is {what} (line {}, column {})", error.line(), error.column()));
        }
    };
    let license = stored.license(scrubber);
    let told = !license.plan.is_empty() || !license.status.is_empty() || license.expires.is_some();
    if told { LicenseFile::License(license) } else { corrupt("the file has no field of a license".to_owned()) }
}

impl Stored {
    fn license(&self, scrubber: &Scrubber) -> License {
        let text = |value: &Value| {
            let text = value.as_str().map(str::to_owned).or_else(|| value.as_number().map(ToString::to_string));
            scrubber.text(&text.unwrap_or_default()).chars().take(LONGEST_TEXT).collect::<String>()
        };
        let status = text(&self.license_status).to_ascii_uppercase();
        let version = self.offline_data.as_ref().map(|o| text(&o.localstack_version));
        License {
            plan: text(&self.license_type),
            status: status.strip_prefix("LICENSESTATUS.").unwrap_or(&status).to_owned(),
            issued: when(&self.issue_date),
            expires: when(&self.expiry_date),
            last_activated: when(&self.last_activated),
            reactivate_after: when(&self.reactivate_after),
            products: self
                .products
                .iter()
                .take(MOST_PRODUCTS)
                .map(|p| format!("{} {}", text(&p.name), text(&p.version)).trim().to_owned())
                .collect(),
            localstack_version: version.filter(|v| !v.is_empty()),
        }
    }
}

/// A time as RFC 3339, as Python writes it without a zone (UTC), as a date, or as seconds since 1970.
fn when(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            let civil = || {
                text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|d| d.to_datetime(Default::default())))
            };
            let utc = || civil().ok()?.to_zoned_datetime(TimeZone::UTC).ok().map(|z| z.timestamp());
            text.parse().ok().or_else(utc).or_else(|| epoch(text.parse().ok()?))
        }
        _ => None,
    }
}

fn epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number >= MILLISECONDS_FROM { number / 1000.0 } else { number };
    Timestamp::from_duration(jiff::SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn license(text: &str) -> License {
        match parse(text.as_bytes(), &Scrubber::new()) {
            LicenseFile::License(license) => license,
            other => panic!("{other:?}"),
        }
    }

    fn why(text: &[u8]) -> String {
        match parse(text, &Scrubber::new()) {
            LicenseFile::Corrupt { why } => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_license_is_told_without_its_secret_and_signature() {
        let text = r#"{"id": "1", "license_format": "1", "signature": "marked-signature", "license_type": "enterprise",
            "issue_date": "2025-01-02T03:04:05Z", "expiry_date": "2027-01-02T03:04:05.123456",
            "products": [{"name": "localstack-pro", "version": "*"}], "license_status": "ACTIVE",
            "license_secret": "marked-secret", "last_activated": 1764000000, "reactivate_after": 1764086400.5,
            "offline_data": {"localstack_version": "4.14.0", "other": "marked-other"}}"#;
        let license = license(text);
        assert_eq!((license.plan.as_str(), license.status.as_str()), ("enterprise", "ACTIVE"));
        assert_eq!(license.issued.unwrap().to_string(), "2025-01-02T03:04:05Z");
        assert_eq!(license.expires.unwrap().to_string(), "2027-01-02T03:04:05.123456Z");
        assert_eq!(license.last_activated.unwrap().as_second(), 1_764_000_000);
        assert_eq!(license.reactivate_after.unwrap().as_millisecond(), 1_764_086_400_500);
        assert_eq!(license.products, ["localstack-pro *"]);
        assert_eq!(license.localstack_version.as_deref(), Some("4.14.0"));
        assert!(!serde_json::to_string(&license).unwrap().contains("marked"));
    }

    #[test]
    fn times_come_in_many_forms_and_nonsense_is_no_time() {
        let cases = [
            ("\"2027-01-02T03:04:05+02:00\"", Some("2027-01-02T01:04:05Z")),
            ("\"2027-01-02 03:04:05\"", Some("2027-01-02T03:04:05Z")),
            ("\"2027-01-02\"", Some("2027-01-02T00:00:00Z")),
            ("1764000000000", Some("2025-11-24T16:00:00Z")),
            ("\"1764000000\"", Some("2025-11-24T16:00:00Z")),
            ("\"soon\"", None),
            ("1e300", None),
            ("null", None),
            ("[1]", None),
        ];
        for (text, expected) in cases {
            let got = license(&format!(r#"{{"license_type": "trial", "expiry_date": {text}}}"#));
            assert_eq!(got.expires.map(|t| t.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_that_makes_no_sense_says_why_and_quotes_nothing() {
        assert_eq!(why(b" \n"), "the file is empty");
        assert!(why(br#"{"license_type": "tri"#).contains("cut off"));
        assert!(why(b"<html>marked</html>").contains("no JSON"));
        assert!(why(br#""marked""#).contains("no license"));
        assert!(why(br#"{"products": "marked"}"#).contains("no license"));
        assert!(why(br#"{"marked": 1}"#).contains("no field"));
        assert!(why(&[0xff, 0xfe, 0x00]).contains("no JSON"));
        assert!(why("[".repeat(100_000).as_bytes()).contains("the file is"));
        assert!(!why(br#"{"products": "marked"}"#).contains("marked"));
    }

    #[test]
    fn the_status_is_told_in_one_spelling() {
        for status in ["ACTIVE", "active", "LicenseStatus.ACTIVE"] {
            assert_eq!(license(&format!(r#"{{"license_status": "{status}"}}"#)).status, "ACTIVE");
        }
    }
}
