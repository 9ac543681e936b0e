//! Picks the container that the verdict is about, and puts the rest in order.

use jiff::Timestamp;

use crate::observations::{Container, GATEWAY_PORT, Instances, Status, host_of};
use crate::probes::sources::recognise::gateway_port;

/// The other instances that are kept.
const MOST_OTHERS: usize = 50;
/// Names under which an endpoint is on this machine.
const LOCAL: [&str; 5] = ["localhost", "localhost.localstack.cloud", "host.docker.internal", "0.0.0.0", "::1"];

/// Picks from what was found: the one that is up on the endpoint's port, else the one that was started last, as it is most
/// likely the one that somebody waits for.
pub(crate) fn choose(mut found: Vec<Container>, endpoint: Option<&str>) -> Instances {
    found.sort_by_key(|c| std::cmp::Reverse(recency(c)));
    let port = port_of(endpoint);
    let live = |c: &Container| matches!(c.state.status, Status::Running | Status::Paused | Status::Restarting);
    let on_endpoint = |c: &Container| port.is_some_and(|p| listens_on(c, p));
    // One that runs comes before one that is between two starts, whichever is more recent.
    let running = found.iter().position(|c| c.state.status == Status::Running && on_endpoint(c));
    let best = running.or_else(|| found.iter().position(|c| live(c) && on_endpoint(c)));
    let (index, by) = match best {
        Some(index) => (Some(index), "running on the endpoint"),
        None => ((!found.is_empty()).then_some(0), "most recent"),
    };
    let chosen = index.map(|i| found.remove(i));
    instances(chosen, by, found)
}

/// The one the user named, and the rest.
pub(crate) fn named(chosen: Container, mut found: Vec<Container>) -> Instances {
    found.retain(|c| c.id != chosen.id);
    found.sort_by_key(|c| std::cmp::Reverse(recency(c)));
    instances(Some(chosen), "named by --container", found)
}

/// The one the user named is gone: all are others.
pub(crate) fn none(mut found: Vec<Container>) -> Instances {
    found.sort_by_key(|c| std::cmp::Reverse(recency(c)));
    instances(None, "", found)
}

fn instances(chosen: Option<Container>, by: &str, mut others: Vec<Container>) -> Instances {
    others.truncate(MOST_OTHERS);
    let chosen_by = if chosen.is_some() { by.to_owned() } else { String::new() };
    Instances { chosen, chosen_by, others, ..Instances::default() }
}

/// When it was last started, or tried to.
fn recency(container: &Container) -> Option<Timestamp> {
    container.state.started_at.max(container.state.created_at)
}

/// Whether it publishes this port, or shares the host's network, where LocalStack's own port is the host's.
fn listens_on(container: &Container, port: u16) -> bool {
    container.network.ports.iter().any(|p| p.host == port)
        || container.network.mode == "host" && port == gateway_port(container)
}

/// The port of the endpoint on this machine; none for an endpoint elsewhere, which no local container serves.
fn port_of(endpoint: Option<&str>) -> Option<u16> {
    let Some(url) = endpoint else { return Some(GATEWAY_PORT) };
    let host = host_of(url).to_ascii_lowercase();
    if !LOCAL.contains(&host.as_str()) && !host.starts_with("127.") {
        return None;
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let written = authority.rsplit(']').next().and_then(|a| a.rsplit_once(':')).and_then(|(_, port)| port.parse().ok());
    written.or(Some(if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observations::{ContainerNetwork, PublishedPort, State};

    fn container(name: &str, status: Status, second: i64, port: Option<u16>) -> Container {
        let started_at = Timestamp::from_second(second).ok();
        let ports = port.map(|host| PublishedPort { container: 4566, host_ip: "0.0.0.0".into(), host });
        Container {
            id: name.into(),
            name: name.into(),
            state: State { status, started_at, ..State::default() },
            network: ContainerNetwork { ports: ports.into_iter().collect(), ..ContainerNetwork::default() },
            ..Container::default()
        }
    }

    fn picks(found: &[Container], endpoint: Option<&str>) -> (String, String) {
        let instances = choose(found.to_vec(), endpoint);
        assert_eq!(instances.others.len(), found.len() - 1);
        (instances.chosen.unwrap().name, instances.chosen_by)
    }

    #[test]
    fn the_endpoint_decides_then_the_latest_start() {
        let all = [
            container("old-up", Status::Running, 10, Some(4566)),
            container("other-up", Status::Running, 20, Some(4577)),
            container("new-down", Status::Exited, 30, None),
        ];
        let on = "running on the endpoint".to_owned();
        assert_eq!(picks(&all, None), ("old-up".into(), on.clone()));
        assert_eq!(picks(&all, Some("http://127.0.0.1:4577/")), ("other-up".into(), on));
        assert_eq!(picks(&all[1..], None), ("new-down".into(), "most recent".into()));
        assert_eq!(picks(&all, Some("https://ls.corp:4566")), ("new-down".into(), "most recent".into()));
        let down = [container("a", Status::Exited, 10, None), container("b", Status::Created, 40, None)];
        assert_eq!(picks(&down, None), ("b".into(), "most recent".into()));
    }

    #[test]
    fn a_restart_loop_counts_as_up_and_host_networking_has_the_usual_port() {
        let looping = container("loop", Status::Restarting, 50, Some(4566));
        let up = container("up", Status::Running, 10, None);
        assert_eq!(picks(&[looping.clone(), up.clone()], None).0, "loop");
        let mut host = up;
        host.network.mode = "host".into();
        assert_eq!(picks(&[looping, host], None).0, "up");
    }

    #[test]
    fn the_named_one_is_not_among_the_others() {
        let (a, b) = (container("a", Status::Exited, 1, None), container("b", Status::Running, 2, None));
        let instances = named(a.clone(), vec![a, b]);
        assert_eq!(instances.others.len(), 1);
        assert_eq!(instances.chosen_by, "named by --container");
    }

    #[test]
    fn ports_of_endpoints() {
        for (url, port) in [
            ("http://localhost:4566", Some(4566)),
            ("https://localhost.localstack.cloud", Some(443)),
            ("http://[::1]:99/x", Some(99)),
            ("localhost:4567", Some(4567)),
            ("https://remote.corp:4566", None),
        ] {
            assert_eq!(port_of(Some(url)), port, "{url}");
        }
    }
}
