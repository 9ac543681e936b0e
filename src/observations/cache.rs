//! Cached license files. Their secret and signature are never taken up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A cached license file that exists.
///
/// Whose token it was made with is not in it, other than in what only LocalStack's own check makes sense of: that cannot
/// be told here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CachedLicense {
    /// Where it lies: `host`, or `container` (read through the engine), or `file` (given).
    pub place: CachePlace,
    /// Its path there.
    pub path: String,
    /// Its content.
    pub content: LicenseFile,
}

/// Where a cached license lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CachePlace {
    /// The host's cache of the CLI or of lstk: read on the host only.
    Host,
    /// One of the container's three places.
    Container,
    /// A file that was given.
    File,
}

/// What a license file holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LicenseFile {
    /// It could be read.
    License(License),
    /// It is there and makes no sense.
    Corrupt {
        /// Why.
        why: String,
    },
    /// It is there and cannot be read.
    Unreadable {
        /// Why.
        why: String,
    },
}

/// The fields of a license that are no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct License {
    /// Plan, such as `enterprise`, `trial`, `freemium`.
    pub plan: String,
    /// `ACTIVE`, `EXPIRED`, `SUSPENDED`, `INACTIVE`, `UNKNOWN`.
    pub status: String,
    /// When it was issued.
    pub issued: Option<Timestamp>,
    /// When it expires.
    pub expires: Option<Timestamp>,
    /// When LocalStack last activated it.
    pub last_activated: Option<Timestamp>,
    /// When LocalStack must ask the server again.
    pub reactivate_after: Option<Timestamp>,
    /// Products, as `name version`, such as `localstack-pro *`.
    pub products: Vec<String>,
    /// The LocalStack version it was activated with.
    pub localstack_version: Option<String>,
}
