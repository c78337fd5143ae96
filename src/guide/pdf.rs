//! A printed PDF made steady: the day and the programs that made it are blanked out where they stand, so that the same page
//! gives the same bytes whenever it is printed, and nothing of the machine is in them. A file with a plain table of objects,
//! as Chromium writes it, keeps every other byte in its place.

use std::ops::Range;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

/// What is blanked out of the file's own description. Its title stays.
const PASSING: [&[u8]; 6] = [b"/CreationDate", b"/ModDate", b"/Creator", b"/Producer", b"/Author", b"/Keywords"];

/// How large the objects that are kept in one compressed piece may be.
const LARGEST: usize = 16 << 20;

/// A file that is not built as browsers build a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the PDF is not built as expected: {0}")]
pub struct PdfError(&'static str);

/// The same PDF without day, program and random identifiers.
///
/// # Errors
///
/// [`PdfError`] where it is damaged, or built as no browser known builds it.
pub fn steady(pdf: &[u8]) -> Result<Vec<u8>, PdfError> {
    let mut steady = pdf.to_vec();
    let table = Table::of(pdf)?;
    if let Some(id) = table.trailer.iter().find(|entry| entry.is(pdf, b"/ID")) {
        steady[id.whole()].fill(b' ');
    }
    let Some(info) = table.trailer.iter().find(|entry| entry.is(pdf, b"/Info")) else { return Ok(steady) };
    let info = reference(&pdf[info.value.clone()]).ok_or(PdfError("its description is nowhere"))?;
    match table.place(info)? {
        Place::At(at) => {
            blank(&mut steady, object(pdf, at)?)?;
            Ok(steady)
        }
        Place::In { stream, index } => {
            let Place::At(at) = table.place(stream)? else { return Err(PdfError("a piece within a piece")) };
            blanked_within(&steady, &table, at, index)
        }
    }
}

/// Blanks what passes out of the dictionary at `at`.
fn blank(bytes: &mut [u8], at: usize) -> Result<(), PdfError> {
    let entries = dictionary(bytes, at).ok_or(PdfError("its description is no dictionary"))?.0;
    let passing = |entry: &Entry| PASSING.iter().any(|key| entry.is(bytes, key));
    let places: Vec<_> = entries.iter().filter(|entry| passing(entry)).map(Entry::whole).collect();
    for place in places {
        bytes[place].fill(b' ');
    }
    Ok(())
}

/// The same in an object that is kept compressed with others, the stream at `at`. How long that is hangs on the day, too: the
/// file is put together anew from there on, with all numbers as wide as they may get.
fn blanked_within(pdf: &[u8], table: &Table, at: usize, index: usize) -> Result<Vec<u8>, PdfError> {
    const DAMAGED: PdfError = PdfError("a compressed piece is damaged");
    let stream = Stream::at(pdf, table, at)?;
    let mut objects = stream.inflated(pdf)?;
    let first = stream.number(pdf, b"/First").ok_or(DAMAGED)?;
    // Number and place of each object, then the objects.
    let place = numbers(objects.get(..first).ok_or(DAMAGED)?).nth(index * 2 + 1).ok_or(DAMAGED)?;
    let place = skip_blanks(&objects, first.checked_add(place).ok_or(DAMAGED)?);
    blank(&mut objects, place)?;
    let packed = compress_to_vec_zlib(&objects, 10);
    let mut edits = vec![(stream.length, wide(packed.len())), (stream.data, packed)];
    let moved = |place: usize, edits: &[(Range<usize>, Vec<u8>)]| {
        let before = edits.iter().filter(|(range, _)| range.end <= place);
        before.fold(place, |place, (range, with)| place + with.len() - range.len())
    };
    let start = moved(table.start, &edits);
    let mut rows = Vec::new();
    for place in &table.places {
        let (kind, place, index) = match place {
            None => (0, 0, usize::from(u16::MAX)),
            Some(Place::At(place)) if *place > table.start => {
                return Err(PdfError("something follows its table of objects"));
            }
            Some(Place::At(place)) => (1, moved(*place, &edits), 0),
            Some(Place::In { stream, index }) => (2, *stream, *index),
        };
        rows.push(kind);
        rows.extend(u32::try_from(place).map_err(|_| DAMAGED)?.to_be_bytes());
        rows.extend(u16::try_from(index).map_err(|_| DAMAGED)?.to_be_bytes());
    }
    let rows = compress_to_vec_zlib(&rows, 10);
    let last = Stream::at(pdf, table, table.start)?;
    let widths = last.entry(pdf, b"/W").ok_or(DAMAGED)?.value.clone();
    edits.push((widths, b"[1 4 2]".to_vec()));
    edits.push((last.length, wide(rows.len())));
    edits.push((last.data, rows));
    edits.push((table.told.clone(), wide(start)));
    edits.sort_by_key(|(range, _)| range.start);
    let mut whole = Vec::with_capacity(pdf.len());
    let mut from = 0;
    for (range, with) in edits {
        whole.extend_from_slice(pdf.get(from..range.start).ok_or(DAMAGED)?);
        whole.extend(with);
        from = range.end;
    }
    whole.extend_from_slice(&pdf[from..]);
    Ok(whole)
}

fn wide(number: usize) -> Vec<u8> {
    format!("{number:010}").into_bytes()
}

/// Where an object is.
#[derive(Clone, Copy)]
enum Place {
    /// In the file.
    At(usize),
    /// Compressed with others, in the object of this number.
    In { stream: usize, index: usize },
}

/// The table of objects, and the dictionary that ends the file.
struct Table {
    /// Where it is itself.
    start: usize,
    /// The digits that tell so.
    told: Range<usize>,
    places: Vec<Option<Place>>,
    trailer: Vec<Entry>,
}

impl Table {
    fn of(pdf: &[u8]) -> Result<Self, PdfError> {
        const DAMAGED: PdfError = PdfError("its table of objects is damaged");
        let told = skip_blanks(pdf, last(pdf, b"startxref").ok_or(DAMAGED)? + b"startxref".len());
        let told = told..word_end(pdf, told);
        let start = number(&pdf[told.clone()]).ok_or(DAMAGED)?;
        let table = pdf.get(start..).ok_or(DAMAGED)?;
        if !table.starts_with(b"xref") {
            return Self::of_stream(pdf, start, told);
        }
        let trailer = start + first(table, b"trailer").ok_or(DAMAGED)?;
        let mut words =
            pdf[start + b"xref".len()..trailer].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let begin = words.next().and_then(number);
        let count = words.next().and_then(number);
        if begin != Some(0) {
            return Err(DAMAGED);
        }
        let mut places = Vec::new();
        for _ in 0..count.ok_or(DAMAGED)? {
            let at = words.next().and_then(number).ok_or(DAMAGED)?;
            let _generation = words.next().ok_or(DAMAGED)?;
            places.push((words.next().ok_or(DAMAGED)? == b"n").then_some(Place::At(at)));
        }
        let at = skip_blanks(pdf, trailer + b"trailer".len());
        let trailer = dictionary(pdf, at).ok_or(DAMAGED)?.0;
        Ok(Self { start, told, places, trailer })
    }

    /// The newer form: the table is a compressed stream, and its dictionary ends the file.
    fn of_stream(pdf: &[u8], start: usize, told: Range<usize>) -> Result<Self, PdfError> {
        const UNKNOWN: PdfError = PdfError("its table of objects is of another form");
        let mut whole = Self { start, told, places: Vec::new(), trailer: Vec::new() };
        let stream = Stream::at(pdf, &whole, start)?;
        let widths = stream.entry(pdf, b"/W").ok_or(UNKNOWN)?;
        let widths: Vec<usize> = numbers(&pdf[widths.value.clone()]).collect();
        let [kind, place, index] = widths[..] else { return Err(UNKNOWN) };
        let row = kind + place + index;
        if stream.entry(pdf, b"/Index").is_some() || kind != 1 || place > 4 || index > 2 {
            return Err(UNKNOWN);
        }
        let table = stream.inflated(pdf)?;
        let value = |bytes: &[u8]| bytes.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        let place = |row: &[u8]| {
            let (place, index) = (value(&row[1..=place]), value(&row[1 + place..]));
            match row[0] {
                1 => Some(Place::At(place)),
                2 => Some(Place::In { stream: place, index }),
                _ => None,
            }
        };
        whole.places = table.chunks_exact(row).map(place).collect();
        whole.trailer = stream.entries;
        Ok(whole)
    }

    fn place(&self, number: usize) -> Result<Place, PdfError> {
        self.places.get(number).copied().flatten().ok_or(PdfError("an object is nowhere"))
    }
}

/// A compressed stream in the file.
struct Stream {
    entries: Vec<Entry>,
    /// The digits of its length.
    length: Range<usize>,
    data: Range<usize>,
}

impl Stream {
    fn at(pdf: &[u8], table: &Table, at: usize) -> Result<Self, PdfError> {
        const DAMAGED: PdfError = PdfError("a stream is damaged");
        let (entries, end) = dictionary(pdf, object(pdf, at)?).ok_or(DAMAGED)?;
        let find = |key: &[u8]| entries.iter().find(|entry| entry.is(pdf, key));
        let filter = find(b"/Filter").ok_or(DAMAGED)?;
        if &pdf[filter.value.clone()] != b"/FlateDecode" || find(b"/DecodeParms").is_some() {
            return Err(PdfError("a stream is compressed in another way"));
        }
        let mut length = find(b"/Length").ok_or(DAMAGED)?.value.clone();
        if let Some(elsewhere) = reference(&pdf[length.clone()]) {
            let Place::At(at) = table.place(elsewhere)? else { return Err(DAMAGED) };
            let start = object(pdf, at)?;
            length = start..value_end(pdf, start).ok_or(DAMAGED)?;
        }
        let mut start = skip_blanks(pdf, end);
        if !pdf[start..].starts_with(b"stream") {
            return Err(DAMAGED);
        }
        start += b"stream".len();
        start += usize::from(pdf.get(start) == Some(&b'\r'));
        start += usize::from(pdf.get(start) == Some(&b'\n'));
        let long = number(&pdf[length.clone()]).ok_or(DAMAGED)?;
        let data = start..start.checked_add(long).filter(|end| *end <= pdf.len()).ok_or(DAMAGED)?;
        Ok(Self { entries, length, data })
    }

    fn entry(&self, pdf: &[u8], key: &[u8]) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.is(pdf, key))
    }

    fn number(&self, pdf: &[u8], key: &[u8]) -> Option<usize> {
        number(&pdf[self.entry(pdf, key)?.value.clone()])
    }

    fn inflated(&self, pdf: &[u8]) -> Result<Vec<u8>, PdfError> {
        decompress_to_vec_zlib_with_limit(&pdf[self.data.clone()], LARGEST).map_err(|_| PdfError("a stream is damaged"))
    }
}

/// A key of a dictionary and its value.
struct Entry {
    key: Range<usize>,
    value: Range<usize>,
}

impl Entry {
    fn is(&self, bytes: &[u8], key: &[u8]) -> bool {
        bytes.get(self.key.clone()) == Some(key)
    }

    fn whole(&self) -> Range<usize> {
        self.key.start..self.value.end
    }
}

/// Where the content of the object at `at` begins: `12 0 obj`, then that.
fn object(pdf: &[u8], at: usize) -> Result<usize, PdfError> {
    const NONE: PdfError = PdfError("an object is not where it should be");
    let head = pdf.get(at..pdf.len().min(at.saturating_add(40))).ok_or(NONE)?;
    let obj = first(head, b"obj").ok_or(NONE)?;
    if !head[..obj].iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_whitespace()) {
        return Err(NONE);
    }
    Ok(skip_blanks(pdf, at + obj + b"obj".len()))
}

/// The entries of the dictionary at `at`, and where it ends.
fn dictionary(bytes: &[u8], at: usize) -> Option<(Vec<Entry>, usize)> {
    let mut at = bytes.get(at..)?.starts_with(b"<<").then_some(at + 2)?;
    let mut entries = Vec::new();
    loop {
        at = skip_blanks(bytes, at);
        if bytes.get(at..)?.starts_with(b">>") {
            return Some((entries, at + 2));
        }
        let key = (*bytes.get(at)? == b'/').then_some(at)?..value_end(bytes, at)?;
        let start = skip_blanks(bytes, key.end);
        at = value_end(bytes, start)?;
        entries.push(Entry { key, value: start..at });
    }
}

/// Where the value that begins at `at` ends.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'(' => string_end(rest).map(|end| at + end),
        b'<' if rest.starts_with(b"<<") => dictionary(bytes, at).map(|(_, end)| end),
        b'<' => Some(at + first(rest, b">")? + 1),
        b'[' => {
            let mut at = skip_blanks(bytes, at + 1);
            while *bytes.get(at)? != b']' {
                at = skip_blanks(bytes, value_end(bytes, at)?);
            }
            Some(at + 1)
        }
        b')' | b'>' | b']' | b'{' | b'}' => None,
        _ => {
            let end = word_end(bytes, at + 1);
            // A reference is three words.
            let second = skip_blanks(bytes, end);
            let third = skip_blanks(bytes, word_end(bytes, second));
            let is_number = |range: Range<usize>| number(&bytes[range]).is_some();
            let refers = is_number(at..end)
                && is_number(second..word_end(bytes, second))
                && bytes.get(third..word_end(bytes, third)) == Some(b"R");
            Some(if refers { third + 1 } else { end })
        }
    }
}

fn string_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn word_end(bytes: &[u8], at: usize) -> usize {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0 || b"()<>[]{}/%".contains(byte);
    bytes.get(at..).unwrap_or_default().iter().position(ends).map_or(bytes.len(), |end| at + end)
}

/// Past blanks and remarks.
fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'%' => at += bytes[at..].iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len() - at),
            byte if byte.is_ascii_whitespace() || *byte == 0 => at += 1,
            _ => break,
        }
    }
    at
}

/// The object that `12 0 R` refers to.
fn reference(bytes: &[u8]) -> Option<usize> {
    let mut words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let number = number(words.next()?)?;
    (words.next().is_some() && words.next() == Some(b"R")).then_some(number)
}

fn number(bytes: &[u8]) -> Option<usize> {
    std::str::from_utf8(bytes).ok()?.trim().parse().ok()
}

/// The numbers in a row of such, as far as it goes.
fn numbers(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let words = bytes.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'[' | b']'));
    words.filter(|word| !word.is_empty()).map_while(number)
}

fn first(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn last(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;
    use proptest::prelude::*;

    use super::{PdfError, Place, Stream, Table, steady};

    /// A file with a plain table; `day` and `id` differ from printing to printing.
    fn plain(day: &str, program: &str, id: &str) -> Vec<u8> {
        let mut pdf = String::from("%PDF-1.4\n");
        let mut places = Vec::new();
        let objects = [
            format!(
                "<</Title (Guida \\(1 0 obj\\) /Creator)\n/Creator ({program})\n/Producer <FEFF00>/CreationDate ({day}+00'00')\n\
                 /ModDate ({day}+00'00')>>"
            ),
            "<</Type /Catalog\n/CreationDate (a word of the page's)>>".to_owned(),
        ];
        for (at, object) in objects.iter().enumerate() {
            places.push(pdf.len());
            pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
        }
        let table = pdf.len();
        pdf.push_str("xref\n0 3\n0000000000 65535 f \n");
        for place in places {
            pdf.push_str(&format!("{place:010} 00000 n \n"));
        }
        pdf.push_str(&format!(
            "trailer\n<</Size 3\n/Root 2 0 R\n/Info 1 0 R\n/ID [<{id}> <{id}>]>>\nstartxref\n{table}\n%%EOF\n"
        ));
        pdf.into_bytes()
    }

    /// A file whose objects are compressed together, with a compressed table.
    fn packed(day: &str) -> Vec<u8> {
        let info = format!(
            "<< /Producer (cairo 1.18.4 (https://cairographics.org))\n   /CreationDate ({day}Z)\n   /Title (Guida)\n>>"
        );
        let first_object = "<< /Type /Pages % 1\n   /Count 1 >>";
        let header = format!("1 0\n2 {}\n", first_object.len() + 1);
        let objects = compress_to_vec_zlib(format!("{header}{first_object}\n{info}\n").as_bytes(), 1);
        let mut pdf = b"%PDF-1.7\n".to_vec();
        let stream = pdf.len();
        pdf.extend(format!("3 0 obj\n<< /Type /ObjStm\n   /Length 4 0 R\n   /N 2\n   /First {}\n   /Filter /FlateDecode\n>>\nstream\n", header.len()).bytes());
        pdf.extend(&objects);
        pdf.extend(b"\nendstream\nendobj\n");
        let length = pdf.len();
        pdf.extend(format!("4 0 obj\n   {}\nendobj\n", objects.len()).bytes());
        let table = pdf.len();
        let row = |kind: u8, place: usize, index: u8| {
            let [high, low] = u16::try_from(place).expect("a small file").to_be_bytes();
            [kind, high, low, index]
        };
        let rows = [row(0, 0, 255), row(2, 3, 0), row(2, 3, 1), row(1, stream, 0), row(1, length, 0), row(1, table, 0)];
        let rows = compress_to_vec_zlib(&rows.concat(), 6);
        pdf.extend(
            format!(
                "5 0 obj\n<< /Type /XRef\n   /Length {}\n   /Filter /FlateDecode\n   /Size 6\n   /W [1 2 1]\n   /Root 1 0 R\n   /Info 2 0 R\n>>\nstream\n",
                rows.len()
            )
            .bytes(),
        );
        pdf.extend(&rows);
        pdf.extend(format!("\nendstream\nendobj\nstartxref\n{table}\n%%EOF\n").bytes());
        pdf
    }

    #[test]
    fn day_and_program_go_and_nothing_moves() {
        let one = plain("D:20261122210426", "Browser \\(X11; Linux x86_64\\) 1.0", "0123456789ABCDEF");
        let two = plain("D:20270101000000", "Browser \\(X11; Linux x86_64\\) 2.0", "FEDCBA9876543210");
        let told = steady(&one).expect("a PDF");
        assert_eq!(told, steady(&two).expect("a PDF"));
        assert_eq!(told.len(), one.len());
        let text = String::from_utf8(told.clone()).expect("text");
        assert!(text.contains("/Title (Guida \\(1 0 obj\\) /Creator)"), "{text}");
        assert!(text.contains("/CreationDate (a word of the page's)"), "{text}");
        for gone in ["D:20", "Linux", "FEFF", "/ModDate", "/ID", "0123456789ABCDEF"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
        assert_eq!(steady(&told), Ok(told.clone()), "what is steady stays as it is");
        assert!(told.ends_with(&one[one.len() - 6..]));
    }

    #[test]
    fn the_same_where_objects_are_compressed_together() {
        let one = packed("D:20261122211713");
        let told = steady(&one).expect("a PDF");
        assert_eq!(told, steady(&packed("D:20270101000000")).expect("a PDF"));
        assert_eq!(steady(&told), Ok(told.clone()), "all places are right");
        let table = Table::of(&told).expect("a table");
        for number in 3..6 {
            let Ok(Place::At(at)) = table.place(number) else { panic!("object {number}") };
            assert!(told[at..].starts_with(format!("{number} 0 obj").as_bytes()), "object {number}");
        }
        let objects = Stream::at(&told, &table, 9).and_then(|stream| stream.inflated(&told)).expect("objects");
        let text = String::from_utf8(objects).expect("text");
        assert!(text.contains("/Count 1 >>") && text.contains("/Title (Guida)"), "{text}");
        assert!(!text.contains("cairo") && !text.contains("D:20"), "{text}");
    }

    #[test]
    fn what_is_no_pdf_is_told() {
        for bytes in [&b""[..], b"%PDF-1.4\n", b"startxref", b"startxref 999999999999", b"xref startxref 0"] {
            assert!(steady(bytes).is_err(), "{bytes:?}");
        }
        assert_eq!(
            steady(b"xref 0 9 startxref 0").expect_err("no PDF").to_string(),
            PdfError("its table of objects is damaged").to_string()
        );
    }

    proptest! {
        #[test]
        fn damage_is_an_error_and_never_a_panic(at in 0_usize..600, byte: u8, cut in 0_usize..900, compressed: bool) {
            let mut pdf = if compressed { packed("D:20261122211713") } else { plain("D:20261122210426", "x", "00") };
            let at = at % pdf.len();
            pdf[at] = byte;
            pdf.truncate(cut);
            if let Ok(told) = steady(&pdf) {
                prop_assert!(steady(&told).is_ok_and(|again| again == told));
            }
        }
    }
}
