//! The corpus, varied as logs vary on their way to a person: prefixes, colours, line ends, wrapping, several starts, other programs' lines.
//! Whatever the way, the answer stays the same.

use std::path::Path;

use libtest_mimic::Trial;

use crate::CATALOGUE;
use crate::support::judge::{description, judge, wrong};

type Variation = fn(&str) -> String;

fn each(log: &str, change: impl Fn(usize, &str) -> String) -> String {
    log.lines().enumerate().map(|(i, l)| change(i, l) + "\n").collect()
}

fn fold(log: &str, width: usize) -> String {
    let wrap = |line: &str| {
        let chars: Vec<char> = line.chars().collect();
        chars.chunks(width).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
    };
    log.lines().map(|l| wrap(l) + "\n").collect()
}

const NOISE: &str = "2026-11-24T10:00:01.000 ERROR --- [main] com.acme.App : The license has expired for product Gizmo
java.net.ConnectException: Connection refused
Caused by: javax.net.ssl.SSLHandshakeException: CERTIFICATE_VERIFY_FAILED
level=warn msg=\"no credentials found\"";

/// Variations that put LocalStack's name, or its records, around each line.
const NAMES_LOCALSTACK: [&str; 6] = [
    "compose prefix",
    "compose prefix in colour",
    "CI over compose",
    "test library",
    "another program's lines between",
    "deep in a long log",
];

const VARIATIONS: &[(&str, Variation)] = &[
    ("compose prefix", |log| each(log, |_, l| format!("localstack-main  | {l}"))),
    ("compose prefix in colour", |log| each(log, |_, l| format!("\x1b[36mlocalstack-1  |\x1b[0m {l}"))),
    ("engine time stamps", |log| each(log, |i, l| format!("2026-11-24T10:00:{:02}.123456789Z {l}", i % 60))),
    ("Kubernetes", |log| each(log, |i, l| format!("2026-11-24T10:00:{:02}.123456789Z stdout F {l}", i % 60))),
    ("CI over compose", |log| each(log, |i, l| format!("2026-11-24T10:00:{:02}.1234567Z localstack  | {l}", i % 60))),
    ("CI log download", |log| {
        each(log, |i, l| format!("build\tRun tests\t2026-11-24T10:00:{:02}.1234567Z {l}", i % 60))
    }),
    ("test library", |log| {
        each(log, |_, l| {
            format!("12:00:01.123 [docker-java-stream] INFO tc.localstack/localstack:latest - STDOUT: {l}")
        })
    }),
    ("engine log file", |log| {
        each(log, |_, l| {
            serde_json::json!({"log": format!("{l}\n"), "stream": "stdout", "time": "2026-11-24T10:00:00Z"}).to_string()
        })
    }),
    ("colours", |log| each(log, |_, l| format!("\x1b[31m{l}\x1b[0m"))),
    ("CRLF", |log| each(log, |_, l| format!("{l}\r"))),
    ("quoted", |log| each(log, |_, l| format!("> {l}"))),
    ("indented", |log| each(log, |_, l| format!("            {l}"))),
    ("wrapped at 80", |log| fold(log, 80)),
    ("wrapped at 61", |log| fold(log, 61)),
    ("another program's lines between", |log| {
        let noise: Vec<&str> = NOISE.lines().collect();
        each(log, |i, l| format!("localstack-1  | {l}\napp-1         | {}", noise[i % noise.len()]))
    }),
    ("translated around", |log| {
        format!("起動に失敗しました。ログは以下の通りです:\n\n{log}\n\nどうすればいいですか?\n")
    }),
    ("a start that failed before it", |log| {
        // Only where the latest start says how it went: otherwise the one before is the right answer.
        let says = ["Ready.", "activation failed!", "activation failed for", "ctivated", "=> 200", "exited", "Error"];
        let unfinished = !says.iter().any(|s| log.contains(s));
        if log.contains("LocalStack version:") && !unfinished {
            format!(
                "\nLocalStack version: 4.14.0\n\nLocalstack returning with exit code 55. Reason: \n===\nLicense activation failed! \n\nReason: The license has expired.\n\n{log}"
            )
        } else {
            log.to_owned()
        }
    }),
    ("deep in a long log", |log| {
        // Behind the banner, if there is one: what comes right after it is read in full anyway.
        let quiet = "2026-11-24T10:00:00.000 DEBUG --- [functhread3] l.services.polling : nothing new\n".repeat(500);
        match log.find("LocalStack version:").and_then(|at| Some(at + log[at..].find('\n')?)) {
            Some(end) => format!("{}\n{quiet}{}", &log[..end], &log[end + 1..]),
            None => quiet + log,
        }
    }),
    ("no line end", |log| log.trim_end().to_owned()),
];

/// The test of a case in all variations of its log; none where it has no log.
pub(crate) fn trial(name: String, folder: &Path) -> Option<Trial> {
    let log = std::fs::read_to_string(folder.join("log.txt")).ok().filter(|log| !log.trim().is_empty())?;
    let folder = folder.to_path_buf();
    Some(Trial::test(name, move || {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("log.txt");
        let mut faults = Vec::new();
        // Where it matters who speaks, nothing is put around the log that says so.
        let fixed = description(&folder)["fixed"] == true;
        for (name, vary) in VARIATIONS.iter().filter(|(name, _)| !fixed || !NAMES_LOCALSTACK.contains(name)) {
            std::fs::write(&path, vary(&log))?;
            let mut case = description(&folder);
            if name.starts_with("wrapped") {
                // A quotation may lack what a hard line break cut off.
                case["expected"]["evidence"] = serde_json::Value::Null;
            }
            let fault = wrong(&case, &judge(&CATALOGUE, &folder, &case, Some(&path)));
            faults.extend(fault.map(|fault| format!("{name}: {fault}")));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
    }))
}
