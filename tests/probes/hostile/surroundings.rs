//! Surroundings that lack what a program expects: a home, a terminal's name, open streams, room on the disk.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::doctor::Doctor;

/// Runs a line of shell in which `$D` is the program.
fn shell(doctor: &Doctor, line: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", line])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", doctor.path())
        .env("D", env!("CARGO_BIN_EXE_lsdoctor"))
        .current_dir(doctor.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
    )
}

#[test]
fn without_a_home_or_with_one_that_cannot_be_used() {
    let doctor = Doctor::new();
    doctor.write("locked/x", "");
    std::fs::set_permissions(doctor.path().join("locked"), std::fs::Permissions::from_mode(0o000)).unwrap();
    for home in [
        "unset HOME; ",
        "HOME=; ",
        "HOME=/nonexistent; ",
        "HOME=/proc/1/root/none; ",
        "HOME=relative; ",
        "HOME=$PWD/locked; ",
    ] {
        let (code, said) = shell(&doctor, &format!("{home} \"$D\" check --offline --timeout 2s"));
        assert_eq!(code, Some(3), "{home}{said}");
    }
    std::fs::set_permissions(doctor.path().join("locked"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn with_closed_streams() {
    let doctor = Doctor::new();
    doctor.write("log.txt", "Reason: The license has expired.\n");
    for streams in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        let (code, said) = shell(&doctor, &format!("\"$D\" diagnose --log log.txt {streams}"));
        assert!(matches!(code, Some(1 | 2)), "{streams}: {code:?} {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let (code, said) = shell(&doctor, "\"$D\" diagnose --log - <&-");
    assert!(matches!(code, Some(2 | 3)), "{code:?} {said}");
}

#[test]
fn on_a_full_disk_the_failure_is_told_and_the_exit_code_is_two() {
    let doctor = Doctor::new();
    doctor.write("log.txt", "Reason: The license has expired.\n");
    for line in [
        "\"$D\" diagnose --log log.txt > /dev/full",
        "\"$D\" diagnose --log log.txt --format json > /dev/full",
        "\"$D\" report --offline -o /dev/full --force --timeout 2s",
        "\"$D\" schema > /dev/full",
    ] {
        let (code, said) = shell(&doctor, line);
        assert_eq!(code, Some(2), "{line}: {said}");
        assert!(said.contains("No space left"), "{line}: {said}");
    }
}

#[test]
fn without_the_name_of_a_terminal() {
    let doctor = Doctor::new();
    for term in ["unset TERM; ", "TERM=; ", "TERM=no-such-terminal; ", "TERM=dumb; "] {
        let (code, said) = shell(&doctor, &format!("{term} \"$D\" check --offline --timeout 2s"));
        assert_eq!(code, Some(3), "{term}{said}");
    }
}
