//! Names of variables that are probably meant to be a credential and are not read by LocalStack.
//! Values are unknown here.

use crate::observations::CredentialKind;

/// Names people use, letters and digits only; LocalStack reads none of them.
const ALIASES: [(&str, CredentialKind); 9] = [
    ("LOCALSTACKTOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKAPITOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKAUTHKEY", CredentialKind::AuthToken),
    ("LOCALSTACKACCESSTOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKPROTOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKCITOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKLICENSETOKEN", CredentialKind::AuthToken),
    ("LOCALSTACKKEY", CredentialKind::ApiKey),
    ("LOCALSTACKPROKEY", CredentialKind::ApiKey),
];
/// The most letters that may be wrong.
const MOST_TYPOS: usize = 2;
/// Longer names are no misspelling of ours.
const LONGEST: usize = 40;

/// The credential this name is probably meant to be; nothing when it is one, or something else.
pub(super) fn meant(name: &str) -> Option<CredentialKind> {
    let exact = |kind: &CredentialKind| kind.variable() == name;
    if name.len() > LONGEST || CredentialKind::ALL.iter().any(exact) {
        return None;
    }
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
    // Many programs read a secret from the file that such a variable names. LocalStack does not.
    let of_file = |kind: &CredentialKind| name.strip_suffix("_FILE") == Some(kind.variable());
    if let Some(kind) = CredentialKind::ALL.into_iter().find(of_file) {
        return Some(kind);
    }
    if let Some((_, kind)) = ALIASES.into_iter().find(|(alias, _)| *alias == letters) {
        return Some(kind);
    }
    CredentialKind::ALL.into_iter().find(|kind| {
        let variable = kind.variable();
        // `LOCALSTACK_AUTH_TOKEN_OLD` was given that name on purpose.
        let suffixed = name.strip_prefix(variable).is_some_and(|rest| rest.len() > 1 && rest.starts_with('_'));
        !suffixed && distance(&letters, &variable.replace('_', "")) <= MOST_TYPOS
    })
}

/// Letters to insert, drop, change or swap to get from one name to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<u8>, Vec<u8>) = (a.bytes().collect(), b.bytes().collect());
    if a.len().abs_diff(b.len()) > MOST_TYPOS {
        return usize::MAX;
    }
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let cell = |back: usize, column: usize| {
                let at = rows.len().checked_sub(back)?;
                rows.get(at)?.get(column).copied()
            };
            let changed = cell(1, j).unwrap_or(0) + usize::from(x != y);
            let dropped = cell(1, j + 1).unwrap_or(0) + 1;
            let inserted = row.last().copied().unwrap_or(0) + 1;
            let before = |list: &[u8], at: usize| at.checked_sub(1).and_then(|k| list.get(k)).copied();
            let swap = before(&a, i) == Some(*y) && before(&b, j) == Some(*x);
            let swapped = j.checked_sub(1).filter(|_| swap).and_then(|k| cell(2, k)).map_or(usize::MAX, |n| n + 1);
            row.push(changed.min(dropped).min(inserted).min(swapped));
        }
        rows.push(row);
    }
    rows.last().and_then(|row| row.last()).copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_are_recognised() {
        for name in [
            "LOCALSTACK-AUTH-TOKEN",
            "LOCALSTACK_AUTHTOKEN",
            "LOCALSTACKAUTH_TOKEN",
            "LOCAL_STACK_AUTH_TOKEN",
            "LOCALSTACK_API_TOKEN",
            "LOCALSTACK_TOKEN",
            "localstack_auth_token",
            "LOCALSTCK_AUTH_TOKEN",
            "LOCALSTACK_AUHT_TOKEN",
            "LOCALSTACK_AUTH_TOKENS",
            "LOCALSTACK_AUTH_TOKEN ",
            "LOCALSTACK.AUTH.TOKEN",
            "LOCALSTACK_AUTH_T\u{41E}KEN",
        ] {
            assert_eq!(meant(name), Some(CredentialKind::AuthToken), "{name}");
        }
        for name in ["LOCALSTACK_APIKEY", "LOCALSTACK-API-KEY", "localstack_api_key", "LOCALSTAK_API_KEY"] {
            assert_eq!(meant(name), Some(CredentialKind::ApiKey), "{name}");
        }
    }

    #[test]
    fn other_variables_are_left_alone() {
        for name in [
            "LOCALSTACK_AUTH_TOKEN",
            "LOCALSTACK_API_KEY",
            "LOCALSTACK_AUTH_TOKEN_OVERRIDE",
            "LOCALSTACK_AUTH_TOKEN_OLD",
            "LOCALSTACK_AUTH_TOKEN_2",
            "LOCALSTACK_HOST",
            "LOCALSTACK_HOSTNAME",
            "LOCALSTACK_VOLUME_DIR",
            "LOCALSTACK_VERSION",
            "LOCALSTACK_BUILD_VERSION",
            "LOCALSTACK_BUILD_GIT_HASH",
            "LOCALSTACK_CLIENT_NAME",
            "LOCALSTACK_DOCKER_NAME",
            "LOCALSTACK_ACKNOWLEDGE_ACCOUNT_REQUIREMENT",
            "LOCALSTACK_S3_BUCKET",
            "LOCALSTACK_URL",
            "AUTH_TOKEN",
            "GITHUB_TOKEN",
            "AWS_SESSION_TOKEN",
            "",
        ] {
            assert_eq!(meant(name), None, "{name}");
        }
        assert_eq!(meant(&"LOCALSTACK_AUTH_TOKEN".repeat(1000)), None);
    }
}
