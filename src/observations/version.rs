//! Image references and LocalStack versions, read apart and compared. Which image can activate is not decided here.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An image reference, read apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Image {
    /// As it was written.
    pub reference: String,
    /// The repository without registry host and tag, such as `localstack/localstack-pro`.
    pub repository: String,
    /// The tag, where one was written.
    pub tag: Option<String>,
}

impl Image {
    /// Reads a reference such as `mirror.example:5000/localstack/localstack-pro:4.14.0@sha256:...`.
    pub fn parse(reference: &str) -> Self {
        let reference = reference.trim();
        let bare = reference.split('@').next().unwrap_or_default();
        let (path, tag) = match bare.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') && !path.eq_ignore_ascii_case("sha256") => (path, Some(tag)),
            _ => (bare, None),
        };
        let repository = match path.split_once('/') {
            Some((host, rest)) if host.contains('.') || host.contains(':') || host == "localhost" => rest,
            _ => path,
        };
        Self {
            reference: reference.to_owned(),
            repository: repository.to_owned(),
            tag: tag.filter(|t| !t.is_empty()).map(str::to_owned),
        }
    }

    /// The last part of the repository, such as `localstack-pro`.
    pub fn name(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or_default()
    }

    /// The version the tag states, where it states one.
    pub fn version(&self) -> Option<Version> {
        Version::parse(self.tag.as_deref()?)
    }
}

/// A LocalStack version: semantic up to 4.14.0, by calendar from 2026.3 on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The numbers, at least one and at most four; missing ones count as 0.
    pub numbers: Vec<u32>,
    /// A development build of the version, or one before its release (`.dev3`).
    pub dev: bool,
}

impl Version {
    /// Reads `4.14.0`, `v3.0`, `2026.07.0`, `3.6.1.dev20240725`, `4.5.0:0942fa747`; nothing that does not begin with a number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let core = text.split([':', '-', '+', ' ']).next()?;
        let mut numbers = Vec::new();
        let mut dev = text.contains("dev");
        for part in core.split('.') {
            match part.parse::<u32>() {
                Ok(n) if numbers.len() < 4 => numbers.push(n),
                Ok(_) => break,
                Err(_) => {
                    dev |= part.starts_with("dev");
                    break;
                }
            }
        }
        if numbers.is_empty() { None } else { Some(Self { numbers, dev }) }
    }

    /// A release of these numbers.
    pub const fn of(numbers: Vec<u32>) -> Self {
        Self { numbers, dev: false }
    }

    /// Whether the version is this one or a later one; a development build counts as its release.
    pub fn at_least(&self, numbers: &[u32]) -> bool {
        self.compare(numbers) != Ordering::Less
    }

    fn compare(&self, other: &[u32]) -> Ordering {
        let width = self.numbers.len().max(other.len());
        let at = |list: &[u32], i: usize| list.get(i).copied().unwrap_or(0);
        (0..width).map(|i| at(&self.numbers, i).cmp(&at(other, i))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Whether the version lies in a range such as `>=3.0, <2026.3`; an unreadable range holds nothing.
    pub fn within(&self, range: &str) -> bool {
        range.split(',').map(str::trim).filter(|c| !c.is_empty()).all(|condition| {
            let digits = condition.trim_start_matches(['<', '>', '=']);
            let sign = condition.get(..condition.len() - digits.len()).unwrap_or_default();
            let Some(bound) = Self::parse(digits) else {
                return false;
            };
            let order = self.compare(&bound.numbers);
            match sign {
                ">=" => order.is_ge(),
                ">" => order.is_gt(),
                "<=" => order.is_le(),
                "<" => order.is_lt(),
                "=" | "" => order.is_eq(),
                _ => false,
            }
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: Vec<_> = self.numbers.iter().map(u32::to_string).collect();
        f.write_str(&text.join("."))?;
        if self.dev { f.write_str(".dev") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_apart() {
        let cases = [
            ("localstack/localstack", "localstack/localstack", None),
            ("localstack/localstack-pro:4.14.0", "localstack/localstack-pro", Some("4.14.0")),
            ("docker.io/localstack/snowflake:latest", "localstack/snowflake", Some("latest")),
            ("mirror.corp:5000/ls/localstack-pro:3@sha256:00ff", "ls/localstack-pro", Some("3")),
            ("localhost/localstack/localstack@sha256:00ff", "localstack/localstack", None),
            ("sha256:00ff", "sha256:00ff", None),
        ];
        for (reference, repository, tag) in cases {
            let image = Image::parse(reference);
            assert_eq!((image.repository.as_str(), image.tag.as_deref()), (repository, tag), "{reference}");
        }
    }

    #[test]
    fn versions_compare_by_number_across_both_schemes() {
        let v = |t: &str| Version::parse(t).expect(t);
        assert!(v("2026.07.0").at_least(&[2026, 3]));
        assert!(v("2026.3.1.dev3").at_least(&[2026, 3]));
        assert!(!v("4.14.0").at_least(&[2026, 3]));
        assert!(v("4.5.0:0942fa747").within(">=3.0, <2026.3"));
        assert!(!v("2.3.2").within(">=3.0, <2026.3"));
        assert!(v("0.12.19.1").at_least(&[0, 12, 19, 1]));
        assert_eq!(Version::parse("latest"), None);
        assert_eq!(v("3.8.2.dev98").to_string(), "3.8.2.dev");
    }
}
