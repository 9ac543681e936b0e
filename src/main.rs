//! The program: captures the process's surroundings, calls the library, and turns its outcome into an exit code.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lsdoctor::dashboard::{self, Options, Outside, Recording, Source};
use tokio::sync::mpsc::unbounded_channel;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() != Some("demo") {
        return ExitCode::from(2);
    }
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "lsdoctor: {error}");
            ExitCode::from(2)
        }
    }
}

fn demo() -> std::io::Result<()> {
    let stories = [
        include_str!("../assets/demo/missing-token.json"),
        include_str!("../assets/demo/interceptor.json"),
        include_str!("../assets/demo/expired-license.json"),
    ];
    let stories = stories.into_iter().map(serde_json::from_str::<Recording>).collect::<Result<Vec<_>, _>>()?;
    let Some(recording) = Recording::joined(stories) else { return Ok(()) };
    let zone = TimeZone::UTC;
    let mut options = Options::new(Outside { clock: Timestamp::now, zone, opener: None });
    options.replay = true;
    options.color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    options.ascii = std::env::args().any(|argument| argument == "--ascii");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ((feed_in, feed), (requests, requests_out)) = (unbounded_channel(), unbounded_channel());
        let player = tokio::spawn(dashboard::play(recording, Box::new(dashboard::as_recorded), feed_in, requests_out));
        let result = dashboard::run(Source { feed, requests }, options).await;
        player.abort();
        result
    })
}
