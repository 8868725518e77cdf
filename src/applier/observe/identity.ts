/**
 * The UUID of SMBIOS in the other byte order: its first three groups are little-endian in newer tables, and firmware
 * does not agree with itself on which it is.
 *
 * @see DMTF DSP0134, 7.2.1
 */
export function swappedUuid(uuid: string): string {
  const [a = "", b = "", c = "", ...rest] = uuid.toLowerCase().split("-");
  return [swapBytes(a), swapBytes(b), swapBytes(c), ...rest].join("-");
}

function swapBytes(group: string): string {
  return (group.match(/../g) ?? []).toReversed().join("");
}

/** What firmware writes where nobody gave the board a UUID: it names thousands of machines. */
export function isPlaceholderUuid(uuid: string): boolean {
  const plain = uuid.toLowerCase().replaceAll("-", "");
  return (
    new Set(plain).size <= 2 ||
    plain === "03000200040005000006000700080009" ||
    plain === "00020003000400050006000700080009" ||
    plain === "12345678123456781234567812345678"
  );
}

/** A live UUID in the byte order that git has, where it is that one; else as it is, in lower case. */
export function uuidAsInGit(live: string, git: string): string {
  const lower = live.toLowerCase();
  return swappedUuid(lower) === git.toLowerCase() ? git.toLowerCase() : lower;
}
