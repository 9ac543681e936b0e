//! Secrets that are recognised by their shape: LocalStack's tokens, names that say what their value is, headers, and how tokens
//! of other services begin (`assets/secret-prefixes.txt`).

use std::sync::LazyLock;

use regex::Regex;

/// How tokens of other services begin.
const PREFIXES: &str = include_str!("../../assets/secret-prefixes.txt");

/// Tokens of LocalStack: by their exact layout anywhere, and by a looser layout as a whole word (`tools-` and a UUID is no
/// token).
pub(super) static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    compile(concat!(
        r"(?-u)ls[A-Za-z]{0,16}-[A-Za-z]{4}[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{12}",
        r"|\bls[A-Za-z]{0,16}-[A-Za-z0-9]{8}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{12}\b",
    ))
});

/// One kind of secret that is recognised by its pattern.
pub(super) struct Rule {
    /// Texts of which every match has at least one. Where none stands, the pattern is not even compiled.
    pub needs: &'static [&'static str],
    pub pattern: LazyLock<Regex>,
    /// The replacement; `$1` is the first group of the pattern.
    pub shown: &'static str,
    /// Whether a value, the second group of the pattern, is none and stays.
    pub keeps: fn(&str) -> bool,
}

/// Secrets other than LocalStack's tokens.
pub(super) static SECRET_PATTERNS: [Rule; 14] = [
    // What was meant to be a token: a character short, in capitals, with another dash.
    Rule {
        needs: &["ls", "LS", "Ls"],
        pattern: LazyLock::new(|| {
            compile(concat!(
                r"(?i-u:\bls[a-z]{0,16})[-_\x{2010}-\x{2015}](?-u:[A-Za-z0-9]{7,9})",
                r"(?:[-_\x{2010}-\x{2015}](?-u:[A-Za-z0-9]{3,5})){3}[-_\x{2010}-\x{2015}](?-u:[A-Za-z0-9]{10,14})",
            ))
        }),
        shown: "ls-***",
        keeps: is_mask,
    },
    // A secret by its name: NAME=value, "name": "value", name: value.
    Rule {
        needs: &[""],
        pattern: LazyLock::new(|| {
            compile(
                r#"((?i-u)\b[A-Z0-9_.-]*(?:AUTH[_-]?TOKEN[A-Z_]*|API[_-]?KEY|LICENSE[_-]?SECRET|SECRET[_-]?ACCESS[_-]?KEY|SESSION[_-]?TOKEN|PASSWORD|PASSWD|PASSPHRASE|[A-Z0-9]_(?:TOKEN|SECRET|PASS|PWD|PAT)|CLIENT[_-]?SECRET|(?:PRIVATE|SIGNING|ENCRYPTION|ACCOUNT|SHARED|MASTER)[_-]?(?:ACCESS[_-]?)?KEY|SIGNATURE)["']?(?u:\s*[=:]\s*))("[^"\n]+"|'[^'\n]+'|(?:[^\s"',;&}]|,[^\s"'])+)"#,
            )
        }),
        shown: "$1***",
        keeps: is_no_secret,
    },
    // Credentials in a URL.
    Rule {
        needs: &["@"],
        pattern: LazyLock::new(|| compile(r#"([A-Za-z][A-Za-z0-9+.-]*:(?:\\*/){2})[^/\s"'<>\\]+@"#)),
        shown: "$1***@",
        keeps: is_mask,
    },
    Rule {
        needs: &[""],
        pattern: LazyLock::new(|| {
            compile(concat!(
                r#"((?i-u:(?:proxy-)?authorization|(?:set-)?cookie|x-amz-security-token)\\*["']?\s*[:=]\s*b?\\*["']"#,
                r#"(?:(?i-u:basic|bearer|negotiate|digest|token|ntlm)\s+)?)[^"'\\\n*]{6,}"#,
            ))
        }),
        shown: "$1***",
        keeps: is_mask,
    },
    Rule {
        needs: &[""],
        pattern: LazyLock::new(|| {
            compile(concat!(
                r#"((?i-u:(?:proxy-)?authorization|(?:set-)?cookie|x-amz-security-token)\\*["']?\s*[:=]\s*"#,
                r#"(?:(?i-u:basic|bearer|negotiate|digest|token|ntlm)\s+)?)[^"'\s\\*][^\n]{5,}"#,
            ))
        }),
        shown: "$1***",
        keeps: is_mask,
    },
    // A secret by the last word of its name, where its value does not look like a word: at any depth of escapes.
    Rule {
        needs: &[""],
        pattern: LazyLock::new(|| {
            compile(concat!(
                r#"((?i-u:[a-z0-9_.-]*(?:token|secret(?:string)?|passwd|password|passphrase|pwd|pass|cookie|credentials?|auth"#,
                r#"|(?:client|licen[sc]e|activation|access|private|signing|encryption|account|shared|master|api|auth|secret)"#,
                r#"[_-]?key(?:[_-]?data)?))\\*["']?\s*(?:=>|[:=])\s*b?\\*["']?)([^\s"'\\,;&}{)]{8,})"#,
            ))
        }),
        shown: "$1***",
        keeps: is_word,
    },
    // JSON web tokens, AWS keys, e-mail addresses.
    Rule {
        needs: &["eyJ"],
        pattern: LazyLock::new(|| compile(r"(?-u)eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*")),
        shown: "***jwt***",
        keeps: is_mask,
    },
    Rule {
        needs: &["AKIA", "ASIA"],
        pattern: LazyLock::new(|| compile(r"(?-u)(?:AKIA|ASIA)[A-Z0-9]{16}")),
        shown: "***aws-key***",
        keeps: is_mask,
    },
    Rule {
        needs: &["@"],
        pattern: LazyLock::new(|| {
            compile(r"(?-u)\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")
        }),
        shown: "***@***",
        keeps: is_mask,
    },
    // Tokens of other services, by how they begin: those of the data file anywhere, and shorter beginnings as a whole word.
    Rule { needs: &[""], pattern: LazyLock::new(|| compile(&prefixes())), shown: "***token***", keeps: is_mask },
    Rule {
        needs: &["sk-", "SG.", "hf_", "pypi-", "xox"],
        pattern: LazyLock::new(|| compile(r"(?-u)\b(?:sk-|SG\.|hf_|pypi-|xox[a-z]-)[A-Za-z0-9_.-]{10,}")),
        shown: "***token***",
        keeps: is_mask,
    },
    // Web hooks, private keys, signed links.
    Rule {
        needs: &["hooks.slack.com"],
        pattern: LazyLock::new(|| compile(r"(?-u)(hooks\.slack\.com/services/)[A-Za-z0-9/_-]+")),
        shown: "$1***",
        keeps: is_mask,
    },
    Rule {
        needs: &["PRIVATE KEY-----"],
        pattern: LazyLock::new(|| compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).+")),
        shown: "$1***",
        keeps: is_mask,
    },
    Rule {
        needs: &["?", "&"],
        pattern: LazyLock::new(|| {
            compile(
                r#"((?i-u)[?&](?:access_token|token|auth|secret|pwd|code|sig|signature|key|api_?key|x-amz-signature|x-amz-security-token|x-amz-credential)=)[^&\s"'<>]+"#,
            )
        }),
        shown: "$1***",
        keeps: is_mask,
    },
];

#[allow(clippy::expect_used, reason = "constant patterns, compiled by every test")]
fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("constant pattern")
}

/// A pattern of all beginnings of the data file.
fn prefixes() -> String {
    let known = PREFIXES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    format!("(?-u)(?:{})[A-Za-z0-9_.-]{{10,}}", known.map(regex::escape).collect::<Vec<_>>().join("|"))
}

/// Whether a value is a mask as a whole: `ls-...efb9`, `***`, `...(10 characters)`.
fn is_mask(value: &str) -> bool {
    static MASK: LazyLock<Regex> = LazyLock::new(|| {
        compile(
            r#"^\\*["']?(?:ls[A-Za-z]{0,16}-(?:\.\.\.[A-Za-z0-9]{0,4}|\*\*\*)|\*\*\*(?:[a-z@-]{0,8}\*\*\*)?|\.\.\.\(\d+(?: characters)?\)?)\\*["'.]?$"#,
        )
    });
    MASK.is_match(value)
}

/// Whether a value is none: `${NAME}`, a placeholder, or a word of a message about variables that must stay readable.
fn harmless(value: &str) -> bool {
    let bare = value.trim_matches(['"', '\'', '.', ',', '`']);
    let reference = |name: &str| name.starts_with('{') || name.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    !bare.contains(char::is_alphanumeric)
        || bare.starts_with("http://")
        || bare.starts_with("https://")
        || matches!(bare.to_ascii_lowercase().as_str(), "none" | "null" | "true" | "false" | "test")
        || bare.strip_prefix('$').is_some_and(reference)
        || bare.starts_with('<')
}

/// Whether a value after a name is no secret: a mask, a reference, or a word of a message about variables.
fn is_no_secret(value: &str) -> bool {
    is_mask(value) || harmless(value)
}

/// Whether a value is no secret or looks like a word of a sentence: a random value has letters and digits.
fn is_word(value: &str) -> bool {
    let random = value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
    !random || is_no_secret(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_beginning_of_the_data_file_is_recognised_behind_anything() {
        let pattern = compile(&prefixes());
        let known = PREFIXES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for prefix in known {
            assert!(pattern.is_match(&format!("n{prefix}Zx9Qw8Er7Ty6Ui5Op4")), "{prefix}");
        }
    }

    #[test]
    fn a_mask_is_one_as_a_whole() {
        for mask in ["***", "ls-...efb9", "\"ls-...efb9\"", "ls-***", "...(10 characters)", "***jwt***"] {
            assert!(is_mask(mask), "{mask}");
        }
        for value in ["***hunter", "ls-...9e7c:rest", "...(hunter", "hunter"] {
            assert!(!is_mask(value), "{value}");
        }
    }
}
