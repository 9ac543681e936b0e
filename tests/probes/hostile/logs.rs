//! Logs that are none, or that want something from the terminal.

use crate::support::doctor::Doctor;

const REASON: &str = "Reason: The license has expired.";

#[test]
fn a_line_without_end_is_cut() {
    let doctor = Doctor::new();
    for byte in [b"x", b"\0", b" ", b"\r", b"\xff"] {
        let block = byte.repeat(1 << 20);
        let ended = doctor.fed(&["diagnose", "--log", "-"], std::iter::repeat_n(block.as_slice(), 40));
        assert_eq!(ended.code, Some(3), "{}", ended.out);
    }
    let block = "x".repeat(1 << 20);
    let end = format!("\nLocalStack version: 4.14.0\n{REASON}\n");
    let pieces = std::iter::repeat_n(block.as_bytes(), 40).chain([end.as_bytes()]);
    let ended = doctor.fed(&["diagnose", "--log", "-", "--format", "json"], pieces);
    assert!(ended.out.contains("license-expired"), "what comes behind it is read: {}", ended.out);
}

#[test]
fn empty_lines_and_starts_without_end_take_no_memory() {
    let doctor = Doctor::new();
    for line in ["\n", "LocalStack version: 4.14.0\n", "Traceback (most recent call last):\n", "  \u{85}\n"] {
        let block = line.repeat((256 << 10) / line.len());
        doctor.fed(&["diagnose", "--log", "-"], std::iter::repeat_n(block.as_bytes(), 4));
    }
}

#[test]
fn what_a_terminal_would_obey_is_shown_disarmed_in_every_format() {
    let doctor = Doctor::new();
    let nasty = "\x1b]52;c;QUFBQQ==\x07\x1b[2J\x1b[?1049h\u{9b}31m\u{202e}\u{2066}\0\x08\r\x0b";
    let log = format!(
        "LocalStack version: 4.14.0{nasty}\n{nasty}Reason: The license has expired.{nasty}\nlast {nasty} words\n"
    );
    for format in ["text", "json", "markdown", "github", "junit"] {
        let ended = doctor.fed(&["diagnose", "--log", "-", "--format", format, "-v"], [log.as_bytes()]);
        assert!(ended.out.contains("license-expired"), "{format}: {}", ended.out);
        assert!(!ended.out.contains("QUFBQQ"), "{format} passes on what was meant for the clipboard: {}", ended.out);
    }
}

#[test]
fn broken_text_is_still_text() {
    let doctor = Doctor::new();
    // Not first what would mark it as UTF-16.
    let mut log = b"\xc3\x28 \xff\xfe \xf0\x9f\x98\n".to_vec();
    log.extend_from_slice(b"LocalStack version: 4.14.0\n");
    log.extend_from_slice(REASON.as_bytes());
    log.extend_from_slice(b" \xed\xa0\x80\xf0\x9f");
    let pieces: Vec<&[u8]> = log.chunks(1).collect();
    let ended = doctor.fed(&["diagnose", "--log", "-"], pieces);
    assert!(ended.out.contains("license-expired"), "{}", ended.out);
}
