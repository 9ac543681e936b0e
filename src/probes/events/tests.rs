//! Tests of following events, against an engine that answers from a script.

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::*;
use crate::probes::context::{Context, clock};
use crate::probes::sources::Sources;
use crate::probes::sources::docker::fake::{Fake, Say, context_in};
use crate::probes::sources::types::EventKind;

const DIED: &str = concat!(
    r#"{"Type":"container","Action":"die","Actor":{"ID":"b","Attributes":"#,
    r#"{"name":"ls","image":"localstack/localstack","exitCode":"55"}},"time":2}"#,
    "\n"
);
const ENDED: EventKind = EventKind::Ended { exit_code: Some(55) };

async fn context_in_front_of(root: &std::path::Path) -> (Context, Fake) {
    let mut context = context_in(root);
    let fake = Fake::listen(&root.join("engine.sock"), |path| {
        if !path.starts_with("/events") {
            return Say::Status(404, Vec::new());
        }
        Say::Endless(
            [
                r#"{"Type":"container","Action":"start","Actor":{"ID":"a","Attributes":{"name":"db","image":"postgres"}},"time":1}"#,
                r#"{"Type":"network","Action":"connect","Actor":{"ID":"n"}}"#,
                DIED,
            ]
            .join("\n")
            .into_bytes(),
        )
    });
    context.docker_host = Some(fake.address());
    (context, fake)
}

async fn following(context: &Context, known: &[&str]) -> (UnboundedReceiver<Event>, JoinHandle<()>) {
    let sources = Sources::connect(context, &Sources::default()).await.unwrap();
    let source = sources.iter().next().unwrap().clone();
    let (sender, events) = unbounded_channel();
    let known = watch::Sender::new(known.iter().map(|id| Handle::of_engine(*id)).collect::<BTreeSet<_>>());
    let interest = Interest { named: None, known: known.subscribe() };
    (events, tokio::spawn(follow(source, interest, clock, sender)))
}

async fn next(events: &mut UnboundedReceiver<Event>) -> Event {
    tokio::time::timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap()
}

fn instance(event: Event) -> InstanceEvent {
    match event {
        Event::Instance(event) => event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_costs_what_came_with_it_and_is_not_asked_for_again() {
    for odd in [r#"{"Type":"pod","Action":"start"}"#.to_owned(), "garbage".to_owned(), "x".repeat(3 << 20)] {
        let root = tempfile::tempdir().unwrap();
        let mut context = context_in(root.path());
        let fake = Fake::listen(&root.path().join("engine.sock"), move |path| match path {
            "/_ping" => Say::Status(404, Vec::new()),
            path if path.contains("since=") => Say::Endless(DIED.into()),
            _ => Say::Endless(format!("{odd}\n").into_bytes()),
        });
        context.docker_host = Some(fake.address());
        let (mut events, task) = following(&context, &[]).await;
        assert_eq!(next(&mut events).await, Event::SourceLost);
        assert_eq!(next(&mut events).await, Event::SourceBack);
        assert_eq!(instance(next(&mut events).await).kind, ENDED);
        task.abort();
    }
}

#[tokio::test]
async fn the_engine_is_followed_through_a_restart() {
    let root = tempfile::tempdir().unwrap();
    let (context, fake) = context_in_front_of(root.path()).await;
    let (mut events, task) = following(&context, &[]).await;
    let event = instance(next(&mut events).await);
    assert_eq!((event.kind, event.handle.id.as_str()), (ENDED, "b"));
    let path = fake.path.clone();
    drop(fake);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(next(&mut events).await, Event::SourceLost);
    let again = Fake::listen(&path, |_| Say::Endless(Vec::new()));
    assert_eq!(next(&mut events).await, Event::SourceBack);
    assert!(again.asked()[0].contains("since=2.000000001&"), "{:?}", again.asked());
    drop(events);
    tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap();
}

#[tokio::test]
async fn events_of_an_instance_that_is_known_by_its_details_are_sent_too() {
    let root = tempfile::tempdir().unwrap();
    let (context, _fake) = context_in_front_of(root.path()).await;
    let (mut events, task) = following(&context, &["a"]).await;
    let event = instance(next(&mut events).await);
    assert_eq!((event.kind, event.handle.id.as_str()), (EventKind::Changed, "a"));
    task.abort();
}
