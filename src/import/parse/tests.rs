use super::{Entry, Item, LINE_MAX, Parser, Reason};

const KEY: &str = "0123456789abcdef0123456789abcdef.aBc-dEf_0123456789";

/// What comes out, a word or two for each item.
fn read(bytes: impl AsRef<[u8]>) -> Vec<String> {
    Parser::all(bytes.as_ref()).into_iter().map(told).collect()
}

fn told(item: Item) -> String {
    match item {
        Item::Entry(Entry { line, secret, username, account, ttl_secs }) => {
            let key = secret.replace(KEY, "K");
            let ttl = ttl_secs.map_or(String::new(), |secs| format!(" {secs}s"));
            format!("{line} {key} {username}@{account}{ttl}").replace(" @", "")
        }
        Item::Bad(bad) => format!("{} {:?}", bad.line, bad.reason),
    }
}

/// One line's item, with `K` for a key.
fn one(line: &str) -> String {
    let items = read(line.replace('K', KEY));
    assert_eq!(items.len(), 1, "{items:?}");
    items[0].clone()
}

#[test]
fn lines_of_each_form() {
    for (line, item) in [
        ("K", "1 K"),
        ("  \"K\",", "1 K"),
        ("“K”", "1 K"),
        ("label----K", "1 K label@"),
        ("a@b.c----pw----session----K", "1 K a@b.c@"),
        ("a@b.c----pw----session----12345----K", "1 K a@b.c@"),
        ("a@b.c----pw----session;aid=12----K", "1 K a@b.c@"),
        ("a@b.c----pw----session----K----1700000000", "1 K a@b.c@"),
        ("a@b.c----pw----session----K----2025-11-23 10:00", "1 K a@b.c@"),
        ("a@b.c----pw----session----K----", "1 K a@b.c@"),
        ("a@b.c--------session----K", "1 K a@b.c@"),
        ("a@b.c----ends-with------K", "1 K a@b.c@"),
        ("a@b.c－－－－pw－－－－session－－－－K", "1 K a@b.c@"),
        ("a@b.c————pw————session————K", "1 K a@b.c@"),
        ("a@b.c——pw——session——K", "1 K a@b.c@"),
        ("'张三'----\"K\"", "1 K 张三@"),
        ("a@b.c----pw----session----", "1 Empty"),
        ("a@b.c----hunter2-hunter", "1 NoKey"),
        ("a@b.c----pw----session----0a0a0a0a-1111-2222-3333-444455556666----", "1 Empty"),
        ("a key with spaces", "1 NoKey"),
        ("short", "1 NoKey"),
        ("https://example.com/keys", "1 NoKey"),
        (
            "{\"api_key\":\"K\",\"password\":\"pw\",\"email\":\"a@b.c\",\"ttl\":60}",
            "1 K a@b.c@ 60s",
        ),
        ("{\"key\":\"a@b.c----pw----session----K\",\"account\":\"x\"},", "1 K a@b.c@x"),
        ("{\"api_key\":5}", "1 Json"),
        ("{\"api_key\":", "1 Json"),
        ("{\"api_key\":\"K\",\"ttl\":-1}", "1 Ttl"),
        ("{\"username\":\"u\"}", "1 Empty"),
        ("\"\\u0061bcdefgh\\/\"", "1 abcdefgh/"),
    ] {
        assert_eq!(one(line), item, "{line}");
    }
}

#[test]
fn the_first_of_several_names_counts() {
    let json = r#"{"key":"","apiKey":"%","username":null,"email":"e","ttl":"5","x":{}}"#;
    assert_eq!(read(json.replace('%', KEY)), ["1 K e@ 5s"]);
}

#[test]
fn what_is_no_line_is_not_counted() {
    assert!(read("").is_empty());
    assert!(read("\u{feff}\r\n\n  \t\n# a comment\n　＃ another\n,\n").is_empty());
    assert_eq!(read(format!("# a\r\n\r\n{KEY}\r\n\rx")), ["3 K", "5 NoKey"]);
}

#[test]
fn tables_are_read_by_their_header() {
    let csv = "\u{feff}Email,Password,API_KEY,ttl,account\r\n\
        a@b.c,\"p,w\"\"\n# pw\",K,60,x\n\n# no\n,,K,,\r\nb,pw,,,\nb,pw,K,soon,\nc\n , ,\n";
    let csv = csv.replace("K,", &format!("{KEY},"));
    assert_eq!(read(csv), ["2 K a@b.c@x 60s", "6 K", "7 Empty", "8 Ttl", "9 Empty"]);
    assert_eq!(read(format!("label；key\n张；{KEY}")), ["2 K 张@"]);
    assert_eq!(read(format!("token\n{KEY}\n{KEY}")), ["2 K", "3 K"]);
    assert_eq!(read(format!("label\tkey\nx\ty----{KEY}")), ["2 K x@"]);
    // Only the first line can be a header.
    assert_eq!(read(format!("{KEY}\nemail,key\n")), ["1 K", "2 NoKey"]);
}

#[test]
fn arrays_are_read_item_by_item() {
    let json = "# keys\n[\"K\", {\"key\": \"K\", \"x\": [\"]\", {\"y\": \"}\\\"\"}]},\n null, 5,, \
        \"a----K\", \"\", {\"key\": \"K\"\n]\nK\n[\n\"K\"]";
    let expected = ["1 K", "2 K", "3 Empty", "4 Json", "5 K a@", "6 Empty", "7 Json"];
    assert_eq!(read(json.replace('K', KEY))[..6], expected[..6]);
    assert_eq!(read("[\"K,\n \"K\"]".replace('K', KEY)), ["1 Json", "2 K"]);
    assert_eq!(
        read("[\"K\"]\nb----K\n[\n\n{\"key\":\"K\"".replace('K', KEY)),
        ["1 K", "2 K b@", "1 Json"]
    );
    assert_eq!(read("[section]\nK\n[\nK".replace('K', KEY)), ["1 NoKey", "2 K", "3 Json", "4 K"]);
    assert!(read("[]").is_empty());
}

#[test]
fn encodings_are_told_apart() {
    let text = format!("张三----密码----会话----{KEY}\n李四----{KEY}\n");
    let expected = ["1 K 张三@", "2 K 李四@"];
    assert_eq!(read(&text), expected);
    assert_eq!(read(format!("\u{feff}{text}")), expected);
    assert_eq!(read(encoding_rs::GBK.encode(&text).0), expected);
    assert_eq!(read(encoding_rs::GB18030.encode(&text).0), expected);
    let little: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(little), expected);
    assert_eq!(read(big), expected);
    let mixed = [text.as_bytes(), &encoding_rs::GBK.encode(&text).0].concat();
    assert_eq!(read(mixed)[2..], ["3 K 张三@", "4 K 李四@"]);
}

#[test]
fn what_is_too_long_is_dropped() {
    let long = "x".repeat(LINE_MAX + 1);
    assert_eq!(read(format!("{long}\n{KEY}")), ["1 TooLong", "2 K"]);
    assert_eq!(read(format!("key\n{long}\n{KEY}")), ["2 TooLong", "3 K"]);
    assert_eq!(read(format!("[\"{long}\",\"{KEY}\"]")), ["1 TooLong", "2 K"]);
    let exact = format!("{}----{KEY}", "x".repeat(LINE_MAX - KEY.len() - 4));
    assert_eq!(read(exact), ["1 Name"]);
    assert_eq!(one(&format!("{}----K", "n".repeat(257))), "1 Name");
}

#[test]
fn nothing_of_a_line_is_printed() {
    let items =
        format!("{:?}", Parser::all(format!("label----{KEY}\npassword words\n").as_bytes()));
    assert!(!items.contains("label") && !items.contains("0123") && !items.contains("password"));
    assert!(Reason::ALL.iter().all(|reason| !reason.to_string().is_empty()));
}
