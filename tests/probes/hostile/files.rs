//! Things in the place of files, and files that are no such thing.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::doctor::Doctor;

const OPTIONS: [&str; 6] = ["--log", "--env", "--info", "--inspect", "--license", "--replay"];

/// What may lie where a file is expected. A pipe that nobody writes to is not among them: the one who names it can wait.
fn things(doctor: &Doctor) -> Vec<String> {
    let at = |name: &str| doctor.path().join(name).display().to_string();
    std::fs::create_dir(at("folder")).unwrap();
    symlink(at("two"), at("one")).unwrap();
    symlink(at("one"), at("two")).unwrap();
    std::fs::File::create(at("huge")).unwrap().set_len(1 << 30).unwrap();
    let deep = doctor.write("deep", "[".repeat(100_000));
    let deeper = doctor.write("deeper", format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000)));
    let noise: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let noise = doctor.write("noise", noise);
    let empty = doctor.write("empty", "");
    vec![at("folder"), at("one"), at("missing"), format!("{empty}/below"), at("huge"), deep, deeper, noise, empty]
}

#[test]
fn a_named_file_may_be_anything() {
    let doctor = Doctor::new();
    for thing in things(&doctor) {
        for option in OPTIONS {
            let ended = doctor.run(&["diagnose", option, &thing]);
            if ended.code == Some(2) {
                assert!(ended.err.contains(&thing), "{option} {thing}: the message does not name it: {}", ended.err);
                assert_eq!(ended.out, "", "{option} {thing}");
            }
        }
        doctor.run(&["check", "--offline", "--config", &thing]);
        doctor.run(&["check", "--offline", "--compose", &thing]);
        doctor.run(&["replay", &thing]);
    }
}

#[test]
fn a_device_that_never_ends_is_read_up_to_a_limit() {
    let doctor = Doctor::new();
    // A log may be of any length; everything else is small.
    for option in OPTIONS.into_iter().filter(|option| *option != "--log") {
        let ended = doctor.run(&["diagnose", option, "/dev/zero"]);
        assert!(ended.code != Some(0), "{option}: {}", ended.out);
    }
}

/// Every place that is looked into without having been named.
const PLACES: [&str; 8] = [
    ".localstack/auth.json",
    ".localstack/default.env",
    ".config/lsdoctor/config.toml",
    ".docker/config.json",
    ".cache/localstack-cli/license.json",
    ".config/localstack/auth.json",
    ".env",
    "compose.yaml",
];

#[test]
fn a_configuration_of_endless_times_overflows_no_clock() {
    let doctor = Doctor::new();
    let path = doctor.path().join(".config/lsdoctor/config.toml");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "timeout = '9223372036854775807s'\ninterval = '9223372036854775807s'\n").unwrap();
    let ended = doctor.run(&["check", "--offline"]);
    assert_eq!(ended.code, Some(3), "{}{}", ended.out, ended.err);
}

#[test]
fn a_pipe_that_nobody_writes_to_holds_nothing_up() {
    let doctor = Doctor::new();
    for place in PLACES {
        let path = doctor.path().join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    doctor.run(&["check", "--offline", "--timeout", "2s"]);
}

#[test]
fn places_that_hold_something_else_hold_nothing_up() {
    for place in PLACES {
        let doctor = Doctor::new();
        let path = doctor.path().join(place);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        for thing in ["folder", "huge", "deep", "one", "noise"] {
            let made = Doctor::new();
            let things = things(&made);
            let target = things.iter().find(|t| t.ends_with(thing)).unwrap();
            symlink(target, &path).unwrap();
            doctor.run(&["check", "--offline", "--timeout", "2s"]);
            std::fs::remove_file(&path).unwrap();
        }
    }
}

#[test]
fn ten_thousand_variables_are_looked_through() {
    let doctor = Doctor::new();
    let env: Vec<String> = (0..10_000).map(|n| format!("VARIABLE_{n}={}", "v".repeat(n % 100))).collect();
    let inspect = serde_json::json!([{
        "Id": "a1", "Name": "/localstack-main", "State": {"Status": "exited", "ExitCode": 55},
        "Config": {"Image": "localstack/localstack-pro:4.14.0", "Env": env},
    }]);
    let inspect = doctor.write("inspect.json", inspect.to_string());
    let ended = doctor.run(&["diagnose", "--inspect", &inspect, "--format", "json"]);
    assert!(
        ended.out.contains("license-failure-unspecified") || ended.out.contains("credentials-missing"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("9750 of 10000 variables were left out"), "{}", ended.out);
    let env = doctor.write("many.env", env.join("\n"));
    doctor.run(&["diagnose", "--env", &env]);
}

#[test]
fn a_million_variables_that_are_half_taken_away_are_looked_through() {
    let doctor = Doctor::new();
    let env = (0..300_000).flat_map(|n| [format!("V{n}="), format!("W{n}")]);
    let inspect = serde_json::json!([{
        "Id": "a1", "Name": "/localstack-main", "State": {"Status": "exited", "ExitCode": 55},
        "Config": {"Image": "localstack/localstack-pro:4.14.0", "Env": env.collect::<Vec<_>>()},
    }]);
    let inspect = doctor.write("inspect.json", inspect.to_string());
    let ended = doctor.run(&["diagnose", "--inspect", &inspect, "--format", "json"]);
    assert!(ended.out.contains("variables were left out"), "{}{}", ended.out, ended.err);
}
