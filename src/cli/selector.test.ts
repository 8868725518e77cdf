import { expect, test } from "vitest";
import { readSelector, selects } from "./selector.ts";

const server = {
  name: "hel1-r001-u01",
  site: "hel1",
  rack: "hel1-r001",
  cluster: "hel1-mgmt",
  labels: { row: "r1" },
};

test.each([
  [{}, true],
  [{ nodes: "hel1-r001-u01" }, true],
  [{ nodes: "hel1-r001-u0" }, false],
  [{ nodes: "hel1-*,osl2-*" }, true],
  [{ nodes: "*-u?1" }, true],
  [{ nodes: "u01" }, false],
  [{ nodes: "hel1.r001.u01" }, false],
  [{ site: "osl2" }, false],
  [{ cluster: "hel1-mgmt", rack: "hel1-r001" }, true],
  [{ selector: "row=r1" }, true],
  [{ selector: "row=r1,power=a" }, false],
])("%j selects by every line, and names as a whole", (options, selected) => {
  expect(selects(readSelector(options), server)).toBe(selected);
});

test("a label without a value is a mistake, not a wider selection", () => {
  expect(() => readSelector({ selector: "row" })).toThrow("key=value");
});
