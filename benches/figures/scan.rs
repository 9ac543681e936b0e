//! How fast a log is searched: a file in the page cache, against ripgrep with the same phrases, and against reading alone.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use lsdoctor::diagnosis::Catalogue;

use crate::{PROGRAM, compare, row};

/// Bytes of the log.
const SIZE: usize = 1 << 30;

pub fn run() {
    let folder =
        tempfile::tempdir_in(if Path::new("/dev/shm").exists() { "/dev/shm" } else { env!("CARGO_TARGET_TMPDIR") });
    let folder = folder.unwrap();
    let log = folder.path().join("localstack.log");
    let phrases = folder.path().join("phrases");
    write_log(&log);
    let texts = phrase_texts();
    std::fs::write(&phrases, texts.join("\n") + "\n").unwrap();
    let (log, phrases) = (log.display().to_string(), phrases.display().to_string());
    let commands: [&[&str]; 3] =
        [&[&PROGRAM, "diagnose", "--log", &log], &["rg", "-c", "-F", "-f", &phrases, &log], &["wc", "-l", &log]];
    let runs = compare(5, &commands);
    println!("\nscan: a log of 1 GiB in the page cache, {} phrases, 5 runs, middle", texts.len());
    let rate = |ms: f64| format!("{:.2} GB/s", SIZE as f64 / ms / 1e6);
    for (name, run) in ["lsdoctor diagnose --log FILE", "rg -c -F -f PHRASES FILE", "wc -l FILE"].iter().zip(&runs) {
        row(
            name,
            format!("{:.0} ms, {}; {:.0} ms of processor; {:.1} MiB", run.wall, rate(run.wall), run.cpu, run.peak),
        );
    }
    row("lsdoctor against rg, processor time", format!("{:.2} times as fast", runs[1].cpu / runs[0].cpu));
}

fn phrase_texts() -> Vec<String> {
    let catalogue = Catalogue::load().unwrap();
    let clauses = catalogue.causes.iter().flat_map(|c| &c.when);
    let mut texts: Vec<String> = clauses.flat_map(|w| w.log.iter().chain(&w.any)).map(|p| p.text.clone()).collect();
    texts.sort();
    texts.dedup();
    texts
}

/// A start that activates, then requests, some debug lines, and now and then a traceback.
fn write_log(path: &Path) {
    let mut file = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(path).unwrap());
    file.write_all(crate::standin::START.as_bytes()).unwrap();
    let mut size = crate::standin::START.len();
    let mut line = String::new();
    for n in 0_u64.. {
        // Looks random, and is the same each time.
        let dice = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        line.clear();
        write!(
            line,
            "2026-11-24T{:02}:{:02}:{:02}.{:03} ",
            10 + n / 3_600_000 % 12,
            n / 60_000 % 60,
            n / 1000 % 60,
            n % 1000
        )
        .unwrap();
        match dice % 10_000 {
            0 => line.push_str(TRACEBACK),
            1..500 => line.push_str(DEBUG[(dice / 10_000) as usize % DEBUG.len()]),
            _ => {
                let (service, operation) = REQUESTS[(dice / 10_000) as usize % REQUESTS.len()];
                let thread = dice % 8;
                write!(
                    line,
                    " INFO --- [et.reactor-{thread}] localstack.request.aws     : AWS {service}.{operation} => 200"
                )
                .unwrap();
            }
        }
        line.push('\n');
        file.write_all(line.as_bytes()).unwrap();
        size += line.len();
        if size >= SIZE {
            break;
        }
    }
    file.flush().unwrap();
}

const REQUESTS: [(&str, &str); 8] = [
    ("s3", "ListBuckets"),
    ("s3", "PutObject"),
    ("sqs", "ReceiveMessage"),
    ("dynamodb", "GetItem"),
    ("lambda", "Invoke"),
    ("sts", "GetCallerIdentity"),
    ("logs", "PutLogEvents"),
    ("cloudformation", "DescribeStacks"),
];

const DEBUG: [&str; 4] = [
    "DEBUG --- [  MainThread] l.utils.docker_utils       : Using SdkDockerClient. LEGACY_DOCKER_CLIENT: False",
    "DEBUG --- [functhread12] l.s.l.i.docker_runtime     : Copying code and environment to container for function f",
    " INFO --- [et.reactor-3] l.s.l.i.event_manager       : Retrying async event 4f0c (attempt 2)",
    " WARN --- [et.reactor-1] localstack.aws.handlers     : Unable to parse service request for path /health/ready",
];

const TRACEBACK: &str = "ERROR --- [et.reactor-2] l.aws.handlers.logging    : exception during call chain
Traceback (most recent call last):
  File \"/opt/code/localstack/.venv/lib/python3.11/site-packages/rolo/gateway/chain.py\", line 166, in handle
    handler(self, self.context, response)
ValueError: not enough values to unpack";
