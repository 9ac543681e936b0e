//! Runs a program of this host for its answer: a short time, a short answer, a small environment.
//! Callers decide what the answer means.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::Command;

use crate::probes::host::Host;

/// Answers are a line or two.
const LONGEST_ANSWER: u64 = 64 << 10;
/// Variables that programs need to be found and to run.
const USUAL: [&str; 4] = ["PATH", "HOME", "SYSTEMROOT", "USERPROFILE"];

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// It said that all went well.
    pub(crate) success: bool,
    /// What it printed.
    pub(crate) output: String,
}

/// Gives a program the usual variables and these, and no others: no secret goes along.
pub(crate) fn confine(command: &mut Command, host: &Host, variables: &[&str]) {
    let wanted = USUAL.iter().chain(variables);
    command.env_clear().envs(wanted.filter_map(|name| Some((name, host.env.get(name)?))));
}

/// Runs a program; nothing when it is not there or takes too long. It is ended when the time is over.
pub(crate) async fn run(mut command: Command, limit: Duration) -> Option<Ended> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().ok()?;
    let mut printed = Vec::new();
    let answer = async {
        child.stdout.take()?.take(LONGEST_ANSWER).read_to_end(&mut printed).await.ok()?;
        child.wait().await.ok()
    };
    let status = tokio::time::timeout(limit, answer).await.ok()??;
    Some(Ended { success: status.success(), output: String::from_utf8_lossy(&printed).into_owned() })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_program_is_bounded_in_time_and_environment() {
        let host = Host {
            env: [("PATH", "/bin:/usr/bin"), ("LOCALSTACK_AUTH_TOKEN", "marked")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            ..Host::default()
        };
        let mut command = shell("env; exit 3");
        confine(&mut command, &host, &[]);
        let ended = run(command, Duration::from_secs(20)).await.unwrap();
        assert!(!ended.success && ended.output.contains("PATH=/bin") && !ended.output.contains("marked"));
        assert!(run(shell("exec sleep 600"), Duration::from_millis(50)).await.is_none());
        assert!(run(Command::new("/no/such/program"), Duration::from_secs(20)).await.is_none());
    }
}
