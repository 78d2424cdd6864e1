/** What the tests use of a package that comes without types. */
declare module "parse-prometheus-text-format" {
  export interface Family {
    readonly name: string;
    readonly type: string;
    readonly metrics: readonly {
      readonly value: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
  }
  export default function parse(text: string): Family[];
}
