//! The budget gives back what it lends, and keeps to its bounds.

use proptest::prelude::*;

use super::{Bodies, Charge, Full, Owner};

const MAX: usize = 1600;

fn owner(number: u8) -> Owner {
    match number % 7 {
        0 | 1 => Owner::Token(number.into()),
        2 | 3 => Owner::Member(number.into()),
        4 | 5 => Owner::Address(number.to_string()),
        _ => Owner::Administrator,
    }
}

#[test]
fn a_body_takes_what_has_arrived_and_gives_it_back() {
    let bodies = Bodies::new(MAX);
    let mut charge = bodies.charge(Owner::Token(1));
    assert_eq!((charge.check(900), bodies.held()), (Ok(()), 0), "a promise takes nothing");
    charge.grow_to(900).expect("one body alone may have more than a share");
    assert_eq!(bodies.held(), 900);
    charge.shrink_to(300);
    assert_eq!((bodies.held(), bodies.peak()), (300, 900));
    drop(charge);
    assert_eq!(bodies.held(), 0);
    assert!(bodies.0.held.lock().by_owner.is_empty(), "nobody is remembered");
}

#[test]
fn one_token_has_half_and_leaves_the_rest_to_others() {
    let bodies = Bodies::new(MAX);
    let (mut first, mut second) = (bodies.charge(Owner::Token(1)), bodies.charge(Owner::Token(1)));
    first.grow_to(500).expect("room");
    assert_eq!(second.grow_to(301), Err(Full::Share));
    second.grow_to(300).expect("half of it together");
    let mut other = bodies.charge(Owner::Token(2));
    assert_eq!(other.grow_to(601), Err(Full::Budget));
    other.grow_to(600).expect("seven eighths together");
    let mut administrator = bodies.charge(Owner::Administrator);
    administrator.grow_to(200).expect("an eighth is left to administrators");
    assert_eq!(administrator.grow_to(201), Err(Full::Budget));
    assert_eq!(administrator.check(201), Err(Full::Budget));
    assert_eq!(bodies.refused(), [("share", 1), ("budget", 3)], "each is counted");
}

#[test]
fn visitors_have_a_quarter_and_each_a_sixteenth() {
    let bodies = Bodies::new(MAX);
    let address = |n: usize| Owner::Address(n.to_string());
    let mut held: Vec<Charge> = (0..8).map(|n| bodies.charge(address(n / 2))).collect();
    for charge in &mut held {
        charge.grow_to(50).expect("a sixteenth for each, a quarter for all");
    }
    assert_eq!(bodies.charge(address(0)).grow_to(1), Err(Full::Share));
    assert_eq!(bodies.charge(address(9)).grow_to(1), Err(Full::Budget));
    assert_eq!(bodies.charge(Owner::Member(9)).grow_to(1), Err(Full::Budget));
    bodies.charge(Owner::Token(1)).grow_to(1000).expect("tokens are not shut out by visitors");
}

proptest! {
    #[test]
    fn whatever_happens_the_sum_is_right(
        steps in proptest::collection::vec((0..12usize, any::<u8>(), 0..700usize), 0..200),
    ) {
        let bodies = Bodies::new(MAX);
        let mut charges: Vec<Option<Charge>> = (0..12).map(|_| None).collect();
        for (place, number, bytes) in steps {
            match &mut charges[place] {
                None => charges[place] = Some(bodies.charge(owner(number))),
                Some(_) if number % 5 == 0 => charges[place] = None,
                Some(charge) if bytes < charge.bytes => charge.shrink_to(bytes),
                Some(charge) => {
                    let before = charge.bytes;
                    let grown = charge.grow_to(bytes);
                    prop_assert_eq!(charge.bytes, if grown.is_ok() { bytes } else { before });
                }
            }
            let sum: usize = charges.iter().flatten().map(|charge| charge.bytes).sum();
            prop_assert_eq!(bodies.held(), sum);
            prop_assert!(sum <= MAX);
        }
        charges.clear();
        prop_assert_eq!(bodies.held(), 0);
        prop_assert!(bodies.0.held.lock().by_owner.is_empty());
    }
}
