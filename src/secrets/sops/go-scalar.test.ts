import { describe, expect, test } from "vitest";
import { plainScalar } from "./go-scalar.ts";

/** What sops 3.13.3 made of the same texts. */
describe("a plain scalar has the type that Go's yaml.v3 gives it", () => {
  test.each([
    ["1", "int", "1"],
    ["+12", "int", "12"],
    ["-0", "int", "0"],
    ["0777", "int", "511"],
    ["0o17", "int", "15"],
    ["0x1F", "int", "31"],
    ["0b11", "int", "3"],
    ["1_000", "int", "1000"],
    ["9223372036854775807", "int", "9223372036854775807"],
    ["99999999999999999999", "float", "100000000000000000000"],
    ["1.0", "float", "1"],
    ["1e3", "float", "1000"],
    ["1e-7", "float", "0.0000001"],
    [".5", "float", "0.5"],
    ["00.5", "float", "0.5"],
    ["123456789012345680000000.0", "float", "123456789012345690000000"],
    [".inf", "float", "+Inf"],
    ["-.INF", "float", "-Inf"],
    [".nan", "float", "NaN"],
    ["true", "bool", "True"],
    ["FALSE", "bool", "False"],
    ["yes", "str", "yes"],
    ["on", "str", "on"],
    ["~", "null", ""],
    ["", "null", ""],
    ["2020-01-01", "time", "2020-01-01T00:00:00Z"],
    ["2020-1-2 3:4:5", "time", "2020-01-02T03:04:05Z"],
    ["2020-01-01T01:02:03.5+02:00", "time", "2020-01-01T01:02:03.5+02:00"],
    ["2020-02-30", "str", "2020-02-30"],
    ["2020-13-01", "str", "2020-13-01"],
    ["1e400", "str", "1e400"],
    [".1e400", "str", ".1e400"],
    ["10.0.0.1", "str", "10.0.0.1"],
    ["12:30", "str", "12:30"],
    ["-", "str", "-"],
    ["ref+env://A", "str", "ref+env://A"],
  ])("%s is %s %s", (source, type, text) => {
    expect(plainScalar(source)).toMatchObject({ type, text });
  });

  test("an integer that needs all 64 bits without a sign is none that sops can hold", () => {
    expect(plainScalar("18446744073709551615")).toBeUndefined();
  });
});
