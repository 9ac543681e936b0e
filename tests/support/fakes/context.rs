//! A context that knows nothing of the machine the tests run on: its files lie in a directory, its ports are closed.
//! What a test is about, it sets itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lsdoctor::diagnosis::Catalogue;
use lsdoctor::probes::{Context, Host, Limits};

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
        docker_host: Some(format!("unix://{}", dir.join("no-engine.sock").display())),
        api_endpoint: "https://api.localstack.test/v1".to_owned(),
        dns_servers: vec![closed_port()],
        ..Context::new(
            Host {
                env: lsdoctor::probes::Environment::default(),
                home: Some(place("home")),
                cwd: place("work"),
                root: place("root"),
            },
            Limits { timeout: Duration::from_secs(2), offline: false, keyring: false },
            Arc::new(Catalogue::load().unwrap().phrases().unwrap()),
        )
    }
}

/// Writes a file below the context's root, such as `/etc/hosts`.
pub fn write(context: &Context, path: &str, text: &str) {
    let place = context.host.path(path);
    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
    std::fs::write(place, text).unwrap();
}
