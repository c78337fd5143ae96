//! Processes that the tool started: whose they are, and how they are ended. Reads `/proc`.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

/// The start time of a process in clock ticks since boot, which with its id names it for good; `None` when it is gone.
#[must_use]
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name may hold spaces and brackets; the fields after it do not.
    let mut fields = stat.get(stat.rfind(')')? + 2..)?.split(' ');
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18)?.parse().ok()).flatten()
}

/// Nice value of work that may wait.
const MODEST: i32 = 10;

/// From now on the calling thread gives way to whatever else wants the processor, the browser above all. Where that is not
/// allowed it stays as it was.
pub fn give_way() {
    // On Linux the call concerns the calling thread alone (setpriority(2), “C library/kernel differences”).
    let _as_before = rustix::process::setpriority_process(None, MODEST);
}

/// Processes of this user whose command line or environment names `dir`.
#[must_use]
pub fn naming(dir: &Path) -> Vec<u32> {
    let needle = dir.as_os_str().as_bytes();
    let own = std::process::id();
    let Ok(entries) = Path::new("/proc").read_dir() else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|&pid| pid != own && start_time(pid).is_some())
        .filter(|pid| {
            ["cmdline", "environ"]
                .iter()
                .any(|file| std::fs::read(format!("/proc/{pid}/{file}")).is_ok_and(|bytes| contains(&bytes, needle)))
        })
        .collect()
}

/// Ends every process that names `dir`: asks first, then insists after half a second.
pub fn end_all_naming(dir: &Path) {
    for signal in [Signal::TERM, Signal::KILL] {
        let pids = naming(dir);
        if pids.is_empty() {
            return;
        }
        for &pid in &pids {
            send(pid, signal);
        }
        let patience = Instant::now() + Duration::from_millis(500);
        while Instant::now() < patience && pids.iter().any(|&pid| start_time(pid).is_some()) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Sends a signal to one process; a process that is gone already is no fault.
pub fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _gone = rustix::process::kill_process(pid, signal);
    }
}

/// Sends a signal to a process group; a group that is gone already is no fault.
pub fn send_group(leader: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _gone = rustix::process::kill_process_group(pid, signal);
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && haystack.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{naming, start_time};

    #[test]
    fn this_process_has_a_start_time_and_a_gone_one_has_none() {
        assert!(start_time(std::process::id()).is_some());
        assert_eq!(start_time(u32::MAX), None);
    }

    #[test]
    fn a_child_is_found_by_its_command_line() {
        let marker = std::env::temp_dir().join(format!("rinnova-marker-{}", std::process::id()));
        let mut child = std::process::Command::new("sh")
            .args(["-c", "echo; read _line", &marker.display().to_string()])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("a shell");
        // The kernel gives it its command line while it starts.
        child.stdout.take().expect("its output").read_exact(&mut [0]).expect("a line");
        assert_eq!(naming(&marker), vec![child.id()]);
        super::end_all_naming(&marker);
        child.wait().expect("the shell's end");
        assert!(naming(&marker).is_empty());
    }
}
