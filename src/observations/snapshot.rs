//! How one observation more changes the snapshot, and what is asked of the snapshot most often.

use super::container::Container;
use super::log::LogOrigin;
use super::subjects::{Snapshot, Update};

impl Snapshot {
    /// The chosen container, if one was found.
    pub fn container(&self) -> Option<&Container> {
        self.instances.value()?.chosen.as_ref()
    }

    /// Takes one observation in, in place of the earlier one of its subject.
    ///
    /// The log of a container that was removed went with it. What was read of that log is all there will ever be, so an
    /// answer without a log does not replace it.
    pub fn apply(&mut self, update: Update) {
        if matches!(&update, Update::Logs(seen) if seen.value().is_none()) && self.log_is_of_removed() {
            return;
        }
        let lists = matches!(update, Update::Container(_));
        self.replace(update);
        if lists {
            self.drop_old_evidence();
        }
    }

    /// Whether the log that was read is that of the container that was removed last, and no other container is in question.
    fn log_is_of_removed(&self) -> bool {
        let gone = self.instances.value().filter(|i| i.chosen.is_none()).and_then(|i| i.vanished.first());
        let log = self.logs.value();
        gone.zip(log).is_some_and(|(gone, log)| {
            let same = match &log.of {
                Some(of) => of.handle.id == gone.id,
                None => log.origin == LogOrigin::Instance(gone.name.clone()),
            };
            log.lines > 0 && same
        })
    }
}
