//! `accept` and `explain`: what is kept of a run for others to see shows the portal and not its holder.

#[path = "support/trial.rs"]
mod trial;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use rinnova::exit::Verdict;
use rinnova::practice::Portal::MiaFirma;
use rinnova::record::Rect;
use rinnova::settings::BrowserName::Chromium;

use trial::{Ended, RINNOVA, Trial, surroundings};

/// Another verb on a run that has ended, in its folder.
fn then(ended: &Ended, arguments: &[&str]) -> String {
    let mut command = Command::new(RINNOVA);
    command.args(arguments).current_dir(&ended.paths.folder).env_clear().envs(surroundings(&ended.paths));
    let output = command.output().expect("rinnova");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A picture's pixels, three bytes each, and its width.
fn pixels(png: &[u8]) -> (Vec<u8>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a picture");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut pixels).expect("pixels");
    (pixels, frame.width as usize)
}

fn is_solid((pixels, width): &(Vec<u8>, usize), rect: &Rect) -> bool {
    let [x, y, wide, high] = [rect.x, rect.y, rect.width, rect.height].map(|side| side as usize);
    let pixel = |x: usize, y: usize| &pixels[(y * width + x) * 3..][..3];
    (y..y + high).all(|row| (x..x + wide).all(|column| pixel(column, row) == pixel(x, y)))
}

#[test]
fn what_is_accepted_and_explained_shows_nothing_of_the_holder() {
    let trial = Trial::new();
    let account = trial.account(MiaFirma, "u01");
    let ended = trial.launch(&account, Chromium).flow(trial.hasty(MiaFirma)).with(&["status"]).go();
    let record = ended.expect(Verdict::Done);
    let stage = record.stages.iter().find(|stage| stage.name == "certificate").expect("the stage");
    let shot = &stage.shots[0];
    // Name, fiscal code, IUT, the first and the last day: five rows, one below the other, in one column.
    let column = shot.personal.iter().map(|rect| rect.x).max_by_key(|x| {
        shot.personal.iter().filter(|rect| rect.x == *x).map(|rect| rect.y).collect::<BTreeSet<_>>().len()
    });
    let rows: BTreeSet<(u32, u32)> =
        shot.personal.iter().filter(|rect| Some(rect.x) == column).map(|rect| (rect.y, rect.width)).collect();
    assert!(rows.len() >= 5, "{:?}", shot.personal);

    let out = ended.paths.out.to_str().expect("a path");
    let place = then(&ended, &["accept", out]);
    let place = std::path::Path::new(place.trim());
    let taken = pixels(&fs::read(ended.paths.out.join(shot.file.as_ref().expect("a file"))).expect("the picture"));
    let accepted = pixels(&fs::read(place.join("certificate.png")).expect("the picture"));
    for rect in &shot.personal {
        assert!(is_solid(&accepted, rect) && !is_solid(&taken, rect), "{rect:?}");
    }

    // The portal is another than it was.
    let head = fs::read_to_string(place.join("baseline.toml")).expect("the baseline");
    fs::write(place.join("baseline.toml"), head.replace("ACCEDI", "ENTRA")).expect("the baseline");
    let page = ended.paths.folder.join("explained.html");
    let told = then(&ended, &["explain", out, "--html", page.to_str().expect("a path")]);
    assert_eq!(told.trim(), page.display().to_string());
    let page = fs::read_to_string(page).expect("the page");
    assert!(page.contains("“ENTRA →”</figcaption>") && page.contains("“ACCEDI →”</figcaption>"), "both sides");
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 4, "a piece and the whole, twice");
    assert!(!page.contains(&account.user) && !page.contains(&account.iut), "nothing of the holder");
}
