//! Waits for tasks that may not be running.

use tokio::task::JoinHandle;

/// Waits for a task and gives its result; nothing if it panicked. Where there is no task, waits for good.
pub(super) async fn finished<T>(task: &mut Option<JoinHandle<T>>) -> Option<T> {
    match task {
        Some(running) => {
            let result = running.await.ok();
            *task = None;
            result
        }
        None => std::future::pending().await,
    }
}

/// Waits for a task. Where there is no task, waits for good.
pub(super) async fn done(task: &mut Option<JoinHandle<()>>) {
    finished(task).await;
}
