//! The exit code of an answer.

use crate::cli::Answer;
use crate::diagnosis::{Diagnosis, Severity, Status};
use crate::exit::Exit;

/// The exit code of an answer.
pub fn exit(diagnosis: &Diagnosis, answer: &Answer) -> Exit {
    let ignored = |cause: &String| answer.ignore.contains(cause);
    match diagnosis.status {
        Status::NotActivated if ignored(&diagnosis.headline.cause) => Exit::Fine,
        Status::NotActivated => Exit::NotActivated,
        Status::Undecided => Exit::Undecided,
        Status::NoLicenseNeeded if answer.require_license => Exit::NotActivated,
        Status::NoLicenseNeeded => Exit::Fine,
        Status::Activated => {
            let counts = |severity| answer.fail_on.is_some_and(|f| severity >= f.severity());
            // A LocalStack that was activated and then failed has its failure at the head.
            let head = Some(&diagnosis.headline).filter(|h| h.severity == Severity::Error);
            let found = diagnosis.findings.iter().chain(head).any(|f| counts(f.severity) && !ignored(&f.cause));
            if found { Exit::Findings } else { Exit::Fine }
        }
    }
}
