//! How long one look takes: against answers that come at once, and against answers that take their time.

use std::time::Duration;

use crate::standin::{Manner, serve};
use crate::{PROGRAM, compare, measure, median, row};

pub fn run() {
    println!("\ncheck: engine and LocalStack are stand-ins on loopback ports, 21 runs, middle");
    let at_once = format!("tcp://{}", serve(Manner::default()));
    let slow = Duration::from_millis(100);
    let delayed = format!("tcp://{}", serve(Manner { delay: slow, ..Manner::default() }));
    let look = |host: &str| measure(&[&PROGRAM, "--docker-host", host, "check", "--offline"]);
    let commands: [&[&str]; 2] =
        [&[&PROGRAM, "--docker-host", &at_once, "check", "--offline"], &[&PROGRAM, "explain", "starting"]];
    let runs = compare(21, &commands);
    for (name, run) in ["lsdoctor check --offline", "lsdoctor explain starting"].iter().zip(&runs) {
        row(name, format!("{:.1} ms; {:.0} ms of processor; {:.1} MiB", run.wall, run.cpu, run.peak));
    }
    let waited = median((0..9).map(|_| look(&delayed).wall).collect());
    row("the same when each answer takes 100 ms", format!("{waited:.1} ms"));
    let large = serve(Manner { log: 1 << 30, ..Manner::default() });
    let host = format!("tcp://{large}");
    let run = compare(5, &[&[&PROGRAM, "--docker-host", &host, "check", "--offline"]])[0];
    row("the same with a log of 1 GiB", format!("{:.1} ms; {:.1} MiB", run.wall, run.peak));
    let against = format!("http://{large}/v1.41/containers/x/logs?stdout=true&tail=all");
    let curl = compare(3, &[&["curl", "-s", "-o", "/dev/null", &against]])[0];
    row("curl -o /dev/null of that log, whole", format!("{:.0} ms", curl.wall));
}
