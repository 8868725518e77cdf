import { describe, expect, test } from "vitest";
import { chooseServers } from "./choose-servers.ts";

const SERVERS = [
  { name: "hel1-r001-u01", site: "hel1", rack: "hel1-r001", cluster: "a", labels: { power: "a" } },
  { name: "hel1-r001-u02", site: "hel1", rack: "hel1-r001", cluster: "a", labels: { power: "b" } },
  { name: "hel1-r002-u01", site: "hel1", rack: "hel1-r002", cluster: undefined, labels: {} },
];

const choose = (names: readonly string[], selector: object = {}) =>
  chooseServers(SERVERS, { names, selector: { labels: [], ...selector } });

describe("servers are chosen", () => {
  test.each<[readonly string[], readonly string[]]>([
    [["hel1-r001-u02"], ["hel1-r001-u02"]],
    [
      ["hel1-r002-u01", "hel1-r001-u01"],
      ["hel1-r001-u01", "hel1-r002-u01"],
    ],
    [
      ["hel1-r001-u01,hel1-r001-u02", "hel1-r001-u01"],
      ["hel1-r001-u01", "hel1-r001-u02"],
    ],
    [["hel1-r001-*"], ["hel1-r001-u01", "hel1-r001-u02"]],
    [["hel1-r00?-u01"], ["hel1-r001-u01", "hel1-r002-u01"]],
  ])("by %j, each once and in the order of the repository", (names, expected) => {
    expect(choose(names)).toEqual(expected);
  });

  test.each<[string, object, readonly string[]]>([
    ["a rack", { rack: "hel1-r001" }, ["hel1-r001-u01", "hel1-r001-u02"]],
    ["a cluster", { cluster: "a" }, ["hel1-r001-u01", "hel1-r001-u02"]],
    ["a label", { labels: [["power", "b"]] }, ["hel1-r001-u02"]],
  ])("among those of %s", (_, selector, expected) => {
    expect(choose(["*"], selector)).toEqual(expected);
  });

  test("and a name that fits none is a mistake: half of what was meant is not what was meant", () => {
    expect(() => choose(["hel1-r001-u01", "hel1-r001-u1"])).toThrow(
      'no server is named "hel1-r001-u1" (did you mean "hel1-r001-u01"?)',
    );
    expect(() => choose(["u01"])).toThrow('no server is named "u01"');
    expect(() => choose(["hel1-r002-u01"], { cluster: "a" })).toThrow(
      'no server is named "hel1-r002-u01" among those selected',
    );
    expect(() => choose([","])).toThrow("no server is named");
  });
});
