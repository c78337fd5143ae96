//! What one process uses of memory and processors, seen from outside until it ends.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the process is looked at. The kernel keeps the sums; only what comes after the last look is missed.
const LOOK: Duration = Duration::from_millis(5);

/// What it used.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Used {
    /// Peak of resident memory, MB.
    pub(crate) peak_mb: f64,
    /// Processor time, milliseconds: of all threads, and of the first alone.
    pub(crate) processor: f64,
    pub(crate) first_thread: f64,
}

/// A thread that looks.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    watcher: JoinHandle<Used>,
}

impl Watch {
    pub(crate) fn over(pid: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let watcher = std::thread::spawn(move || {
            let mut used = Used::default();
            while !ended.load(Ordering::Relaxed) {
                used.peak_mb = used.peak_mb.max(high_water(pid).unwrap_or_default());
                used.processor = used.processor.max(processor(pid));
                used.first_thread = used.first_thread.max(of_thread(pid, pid).unwrap_or_default());
                std::thread::sleep(LOOK);
            }
            used
        });
        Self { over, watcher }
    }

    pub(crate) fn end(self) -> Used {
        self.over.store(true, Ordering::Relaxed);
        self.watcher.join().unwrap_or_default()
    }
}

fn high_water(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}

fn processor(pid: u32) -> f64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let ids = threads.flatten().filter_map(|thread| thread.file_name().to_str()?.parse().ok());
    ids.filter_map(|thread| of_thread(pid, thread)).sum()
}

/// The kernel counts in nanoseconds here, in hundredths of a second elsewhere.
fn of_thread(pid: u32, thread: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
    let nanoseconds: f64 = text.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e6)
}
