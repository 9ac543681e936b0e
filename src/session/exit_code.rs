//! The exit code of an answer, and of the answers about every instance.

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
            // A LocalStack that was activated and then failed has its failure at the head.
            let failed = diagnosis.headline.severity == Severity::Error && !ignored(&diagnosis.headline.cause);
            let counts = |severity| answer.fail_on.is_some_and(|f| severity >= f.severity());
            let found = diagnosis.findings.iter().any(|f| counts(f.severity) && !ignored(&f.cause));
            match (failed, found) {
                (true, _) => Exit::NotActivated,
                (false, true) => Exit::Findings,
                (false, false) => Exit::Fine,
            }
        }
    }
}

/// The exit code of several answers: the worst one, which is 1, then 3, then 4, then 0.
pub fn worst(exits: impl Iterator<Item = Exit>) -> Exit {
    let rank = |exit: &Exit| match exit {
        Exit::Usage => 4,
        Exit::NotActivated => 3,
        Exit::Undecided => 2,
        Exit::Findings => 1,
        Exit::Fine => 0,
    };
    exits.max_by_key(rank).unwrap_or(Exit::Undecided)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_worse_than_an_open_question_and_that_is_worse_than_findings() {
        use Exit::{Findings, Fine, NotActivated, Undecided};
        assert_eq!(worst([Fine, Findings, Undecided, NotActivated, Fine].into_iter()), NotActivated);
        assert_eq!(worst([Fine, Findings, Undecided].into_iter()), Undecided);
        assert_eq!(worst([Fine, Findings].into_iter()), Findings);
        assert_eq!(worst([Fine].into_iter()), Fine);
        assert_eq!(worst([].into_iter()), Undecided);
    }
}
