//! Memory of one body.
//!
//! A small body lives on the heap, a large one in pages of its own. They are taken one by one as its
//! bytes arrive, are never moved, and go back to the system at once: an allocator would keep those
//! of the last bodies, which no budget counts.

use bytes::Bytes;
use memmap2::{MmapMut, MmapOptions};

use crate::bodies::Charge;

/// Largest body on the heap, in bytes. Whether a body is one is decided at its second piece: what moves
/// from the heap later leaves its memory to the allocator.
const SMALL: usize = 64 << 10;

/// Pages are charged in steps of so many bytes.
const STEP: usize = 64 << 10;

/// Where the bytes of a body are.
#[derive(Debug)]
pub enum Memory {
    /// The only piece so far: most bodies come in one, which is kept as it is.
    Piece(Bytes),
    /// On the heap.
    Heap(Vec<u8>),
    /// In pages of its own.
    Pages(Pages),
}

/// Pages of one body. Those that were not written yet take no memory.
#[derive(Debug)]
pub struct Pages {
    map: MmapMut,
    length: usize,
}

/// A place for more bytes.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    place: Place,
    /// Bytes that the body takes at the most while it gets there.
    pub charge: usize,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// Where it is.
    Here,
    /// On the heap, in so many bytes.
    Heap(usize),
    /// In pages for so many bytes.
    Pages(usize),
}

/// The system has no memory to give.
#[derive(Debug)]
pub struct OutOfMemory;

impl Default for Memory {
    fn default() -> Self {
        Self::Piece(Bytes::new())
    }
}

impl AsRef<[u8]> for Pages {
    fn as_ref(&self) -> &[u8] {
        self.map.get(..self.length).unwrap_or_default()
    }
}

impl Pages {
    fn new(size: usize, begun: &[u8]) -> Result<Self, OutOfMemory> {
        let map = MmapOptions::new().len(size).no_reserve_swap().map_anon();
        let map = map.map_err(|_| OutOfMemory)?;
        // A huge page would take two megabytes for one byte. Where there are none it can't be said.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::NoHugePage);
        let mut pages = Self { map, length: 0 };
        pages.extend(begun)?;
        Ok(pages)
    }

    fn extend(&mut self, piece: &[u8]) -> Result<(), OutOfMemory> {
        let end = self.length + piece.len();
        self.map.get_mut(self.length..end).ok_or(OutOfMemory)?.copy_from_slice(piece);
        self.length = end;
        Ok(())
    }

    fn resident(&self) -> usize {
        charged(self.length, self.map.len())
    }
}

/// Bytes that are charged for so many of at most `most`.
fn charged(length: usize, most: usize) -> usize {
    length.next_multiple_of(STEP).min(most)
}

impl Memory {
    /// Bytes that are here.
    pub fn len(&self) -> usize {
        self.as_ref().len()
    }

    /// Bytes of memory that they take.
    pub fn resident(&self) -> usize {
        match self {
            Self::Piece(piece) => piece.len(),
            Self::Heap(heap) => heap.capacity(),
            Self::Pages(pages) => pages.resident(),
        }
    }

    /// Where this will be with `length` bytes in all, of which no more than `most` can come.
    pub fn room_for(&self, length: usize, most: usize) -> Room {
        let (old, most) = (self.resident(), most.max(length));
        let place = match self {
            Self::Pages(_) => Place::Here,
            Self::Heap(heap) if length <= heap.capacity() => Place::Here,
            _ if most > SMALL => Place::Pages(most),
            _ => Place::Heap(most),
        };
        let charge = match (place, self) {
            (Place::Here, Self::Pages(pages)) => charged(length, pages.map.len()),
            (Place::Here, _) => old,
            (Place::Heap(capacity), _) => old + capacity,
            (Place::Pages(size), _) => old + charged(length, size),
        };
        Room { place, charge }
    }

    /// Adds bytes for which this room was made.
    ///
    /// # Errors
    /// The system has no memory.
    pub fn extend(&mut self, piece: &[u8], room: Room) -> Result<(), OutOfMemory> {
        match room.place {
            Place::Here => {}
            Place::Heap(capacity) => {
                let mut heap = Vec::new();
                heap.try_reserve_exact(capacity).map_err(|_| OutOfMemory)?;
                heap.extend_from_slice(self.as_ref());
                *self = Self::Heap(heap);
            }
            Place::Pages(size) => *self = Self::Pages(Pages::new(size, self.as_ref())?),
        }
        match self {
            Self::Pages(pages) => pages.extend(piece),
            Self::Heap(heap) => {
                heap.extend_from_slice(piece);
                Ok(())
            }
            Self::Piece(_) => Err(OutOfMemory),
        }
    }

    /// The bytes alone.
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Piece(piece) => piece,
            Self::Heap(heap) => Bytes::from_owner(heap),
            Self::Pages(pages) => Bytes::from_owner(pages),
        }
    }

    /// The bytes with what they are charged.
    pub fn charged(self, charge: Charge) -> Bytes {
        match self {
            Self::Piece(piece) => charge.into_bytes(piece),
            Self::Heap(heap) => charge.into_bytes(heap),
            Self::Pages(pages) => charge.into_bytes(pages),
        }
    }
}

impl AsRef<[u8]> for Memory {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Piece(piece) => piece,
            Self::Heap(heap) => heap,
            Self::Pages(pages) => pages.as_ref(),
        }
    }
}
