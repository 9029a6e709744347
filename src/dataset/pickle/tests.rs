#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::super::testing::{fixture, pattern, python2_batch};
use super::*;

/// Every protocol as Python 3 and NumPy 2 write it.
#[test]
fn reads_what_numpy_pickles_in_every_protocol() {
    for protocol in 0..=5 {
        let bytes = std::fs::read(fixture(&format!("pickle/protocol{protocol}.pkl"))).unwrap();
        let document =
            Document::parse(&bytes).unwrap_or_else(|error| panic!("{protocol}: {error}"));
        let root = document.root();
        for key in ["data", "fortran"] {
            let array = root.get(key).unwrap().array().unwrap().unwrap();
            assert_eq!(array.shape(), [2, 48], "{protocol} {key}");
            assert_eq!(
                array.into_bytes().unwrap(),
                pattern(2, 48),
                "{protocol} {key}"
            );
        }
        for key in ["labels", "big", "scalars"] {
            assert_eq!(
                root.get(key).unwrap().integers(),
                Some(vec![3, 9]),
                "{protocol} {key}"
            );
        }
        assert_eq!(
            root.get("int64").unwrap().integers(),
            Some(vec![3, -9]),
            "{protocol}"
        );
        assert_eq!(
            root.get("batch_label").unwrap().text().unwrap(),
            "training batch 1 of 5"
        );
        assert_eq!(root.get("floats").unwrap().integers(), None);
        assert!(root.get("objects").unwrap().array().unwrap().is_err());
        assert!(root.get("nothing").is_none());
    }
}

#[test]
fn numpy_1_and_numpy_2_name_the_same_functions() {
    let bytes = std::fs::read(fixture("pickle/protocol2.pkl")).unwrap();
    let new = b"numpy._core.multiarray\n";
    let mut old = Vec::new();
    let mut rest = &*bytes;
    let mut changed = 0;
    while let Some((first, tail)) = rest.split_first() {
        if rest.starts_with(new) {
            old.extend(b"numpy.core.multiarray\n");
            rest = &rest[new.len()..];
            changed += 1;
        } else {
            old.push(*first);
            rest = tail;
        }
    }
    assert!(changed > 0);
    let document = Document::parse(&old).unwrap();
    let array = document
        .root()
        .get("data")
        .unwrap()
        .array()
        .unwrap()
        .unwrap();
    assert_eq!(array.into_bytes().unwrap(), pattern(2, 48));
}

#[test]
fn reads_what_python_2_pickles() {
    let data = pattern(2, 3072);
    let bytes = python2_batch(&[("labels", vec![6, 9])], 3072, &data);
    let document = Document::parse(&bytes).unwrap();
    let root = document.root();
    let array = root.get("data").unwrap().array().unwrap().unwrap();
    assert_eq!(array.shape(), [2, 3072]);
    assert!(matches!(array.into_bytes(), Some(Cow::Borrowed(pixels)) if pixels == data));
    assert_eq!(root.get("labels").unwrap().integers(), Some(vec![6, 9]));
    assert_eq!(
        root.get("filenames").unwrap().texts().unwrap(),
        ["a.png", "b.png"]
    );
}

#[test]
fn protocol_0_strings_keep_their_escapes() {
    let document = Document::parse(
        br"(dp0
S'a\x00\'\n'
p1
I-7
sS'l'
(lp2
I01
aL5L
as.",
    )
    .unwrap();
    let root = document.root();
    assert_eq!(
        root.get("a\0'\n").map(|view| view.value),
        Some(Value::Int(-7))
    );
    assert_eq!(
        root.get("l").unwrap().items().unwrap(),
        [Value::Bool(true), Value::Int(5)]
    );
}

fn error(bytes: &[u8]) -> String {
    Document::parse(bytes).unwrap_err().to_string()
}

#[test]
fn functions_that_no_image_needs_are_refused_by_name() {
    let programs: [&[u8]; 4] = [
        b"cos\nsystem\n(S'echo'\ntR.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R.",
        b"(S'echo'\nios\nsystem\n.",
        b"\x80\x02cos\nsystem\n)\x81.",
    ];
    for program in programs {
        assert!(error(program).contains("'os.system'"), "{}", error(program));
    }
    assert!(error(b"cnumpy\nload\n.").contains("'numpy.load'"));
    assert!(error(b"c__builtin__\neval\n.").contains("'__builtin__.eval'"));
    assert!(error(b"\x80\x02\x82\x01.").contains("opcode 0x82"));
    assert!(error(b"Pid\n.").contains("opcode 0x50"));
}

#[test]
fn a_damaged_pickle_is_a_sentence() {
    for program in [
        &b"."[..],
        b"e.",
        b"(e.",
        b"R.",
        b"NR.",
        b"h\x05.",
        b"]KaKau.",
        b"}(K\x01u.",
        b"\x85.",
        b"S'a.",
        b"\x80\x09.",
    ] {
        assert!(Document::parse(program).is_err(), "{program:?}");
    }
    assert!(error(b"").contains("ends too early"));
    assert!(error(b"T\xff\xff\xff\xffab").contains("ends too early"));
    assert!(error(b"\x8e\xff\xff\xff\xff\xff\xff\xff\xff").contains("ends too early"));
    assert!(error(b"\x8a\x09123456789.").contains("64 bits"));
}

#[test]
fn a_pickle_cannot_unpack_to_more_than_its_size() {
    let mut bomb = b"\x80\x02c_codecs\nencode\nq\x00X\x00\x10\x00\x00".to_vec();
    bomb.extend([b'a'; 4096]);
    bomb.extend(b"X\x06\x00\x00\x00latin1\x86q\x010");
    bomb.extend(b"h\x00h\x01R".repeat(200));
    bomb.push(b'.');
    assert!(error(&bomb).contains("its own size"));
    let mut many = vec![b']'; Document::VALUES + 1];
    many.push(b'.');
    assert!(error(&many).contains("a million values"));
    let deep: Vec<u8> = std::iter::once(b')')
        .chain(vec![0x85; 500_000])
        .chain([b'.'])
        .collect();
    drop(Document::parse(&deep).unwrap());
}

#[test]
fn a_text_that_is_named_over_and_over_fills_no_memory() {
    let mut bomb = b"\x80\x02X\x00\x80\x00\x00".to_vec();
    bomb.extend(b"a".repeat(0x8000));
    bomb.extend(b"q\x000](");
    bomb.extend(b"h\x00".repeat(100_000));
    bomb.extend(b"e.");
    let document = Document::parse(&bomb).unwrap();
    assert_eq!(document.root().items().unwrap().len(), 100_000);
    assert_eq!(document.root().texts(), None);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(document) = Document::parse(&bytes) {
            let root = document.root();
            let _ = (root.get("data").map(View::array), root.integers(), root.texts());
        }
    }

    #[test]
    fn opcodes_in_any_order_never_panic(
        opcodes in proptest::collection::vec(
            proptest::sample::select(&b"(012NKMJIX]})ldtaesuRbcihjqr.\x80\x81\x85\x86\x87\x88\x8a\x8c\x93\x94\x95\x96\x91\x90"[..]), 0..200),
    ) {
        let _ = Document::parse(&opcodes);
    }

    #[test]
    fn a_changed_or_cut_pickle_never_panics(
        protocol in 0..6,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = std::fs::read(fixture(&format!("pickle/protocol{protocol}.pkl"))).unwrap();
        for (place, value) in changes {
            let length = bytes.len();
            bytes[place.index(length)] = value;
        }
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len())]] {
            if let Ok(document) = Document::parse(bytes) {
                for key in ["data", "fortran", "labels", "scalars", "big"] {
                    if let Some(view) = document.root().get(key) {
                        let _ = (view.integers(), view.texts());
                        if let Some(Ok(array)) = view.array() {
                            let _ = array.into_bytes();
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    for protocol in 0..=5 {
        let bytes = std::fs::read(fixture(&format!("pickle/protocol{protocol}.pkl"))).unwrap();
        for length in 0..bytes.len() {
            assert!(
                Document::parse(&bytes[..length]).is_err(),
                "{protocol} {length}"
            );
        }
    }
}
