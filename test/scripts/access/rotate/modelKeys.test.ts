/** The list of public keys is changed in place, in any style that YAML has for it. */
import { expect, test } from "vitest";
import { withEntries } from "../../../../scripts/access/rotate/key/modelKeys.ts";

const path = ["applications", "import-job", "publicKeys"];

const styles: [name: string, before: string, after: string][] = [
  [
    "flow",
    "applications:\n  import-job:\n    publicKeys: [keys/a.pem] # why\n    grants: {}  # kept\n",
    "applications:\n  import-job:\n    publicKeys: [keys/a.pem, keys/b.pem] # why\n    grants: {}  # kept\n",
  ],
  [
    "block",
    "applications:\n  import-job:\n    publicKeys:\n      - keys/a.pem   # why\n    grants: {}  # kept\n",
    "applications:\n  import-job:\n    publicKeys:\n      - keys/a.pem\n      - keys/b.pem   # why\n    grants: {}  # kept\n",
  ],
  [
    "block at its key's indentation, quoted",
    'applications:\n  import-job:\n    publicKeys:\n    - "keys/a.pem"\n',
    "applications:\n  import-job:\n    publicKeys:\n    - keys/a.pem\n    - keys/b.pem\n",
  ],
  [
    "Windows line ends",
    "applications:\r\n  import-job:\r\n    publicKeys: [keys/a.pem]\r\n",
    "applications:\r\n  import-job:\r\n    publicKeys: [keys/a.pem, keys/b.pem]\r\n",
  ],
];

test.each(styles)("adds an entry: %s", (_name, before, after) => {
  expect(withEntries(before, path, ["keys/a.pem", "keys/b.pem"])).toBe(after);
});

test("takes an entry out again, and leaves a list that is so already as it is", () => {
  const both =
    "applications:\n  import-job:\n    publicKeys:\n      - keys/a.pem # old\n      - keys/b.pem\nexceptions: []\n";
  const one = "applications:\n  import-job:\n    publicKeys:\n      - keys/b.pem\nexceptions: []\n";
  expect(withEntries(both, path, ["keys/b.pem"])).toBe(one);
  expect(withEntries(one, path, ["keys/b.pem"])).toBe(one);
});

test("refuses a list that is not there", () => {
  expect(() => withEntries("applications: {}\n", path, ["a"])).toThrow("cannot be changed in place");
});
