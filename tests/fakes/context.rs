//! A context that knows nothing of the machine the tests run on: its files lie in a directory, its ports are closed.
//! What a test is about, it sets itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lsdoctor::diagnosis::Catalogue;
use lsdoctor::probes::{Context, Host, Limits, Scrubber};

use super::closed_port;

/// Home, root and working directory below `dir`; no variables, no engine, a resolver and an endpoint that are not there.
pub fn hermetic(dir: &Path) -> Context {
    let place = |name: &str| {
        let path = dir.join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    Context {
        endpoint: Some(format!("http://{}", closed_port())),
        container: None,
        docker_host: Some(format!("unix://{}", dir.join("no-engine.sock").display())),
        api_endpoint: "https://api.localstack.test/v1".to_owned(),
        dns_servers: vec![closed_port()],
        compose: None,
        other_hosts: Vec::new(),
        limits: Limits { timeout: Duration::from_secs(2), offline: false, keyring: false },
        host: Host {
            env: std::collections::BTreeMap::new(),
            home: Some(place("home")),
            cwd: place("work"),
            root: place("root"),
        },
        scrubber: Arc::new(Scrubber::new()),
        phrases: Arc::new(Catalogue::load().unwrap().phrases().unwrap()),
        link: tokio::sync::watch::Sender::default(),
        clock: lsdoctor::probes::context::clock,
    }
}

/// Writes a file below the context's root, such as `/etc/hosts`.
pub fn write(context: &Context, path: &str, text: &str) {
    let place = context.host.path(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, text).unwrap();
}
