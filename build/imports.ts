import { parseSync, Visitor } from 'oxc-parser';

export interface Import {
  /** As written; undefined where it is computed at run time. */
  readonly specifier: string | undefined;
  /** Counted from 1. */
  readonly line: number;
}

export type ParsedImports =
  { readonly kind: 'ok'; readonly imports: readonly Import[] } | { readonly kind: 'syntax-error'; readonly message: string };

/** Everything that a source file imports: statements, imports of types (also inside types), re-exports, dynamic imports and `require`. */
export function importsOf(path: string, text: string): ParsedImports {
  const { program, errors } = parseSync(path, text, { lang: path.endsWith('.tsx') ? 'tsx' : 'ts', sourceType: 'module' });
  const error = errors[0];
  if (error !== undefined) return { kind: 'syntax-error', message: error.message };

  const imports: Import[] = [];
  const add = (source: { readonly type: string; readonly start: number; readonly value?: unknown }): void => {
    const specifier = source.type === 'Literal' && typeof source.value === 'string' ? source.value : undefined;
    imports.push({ specifier, line: text.slice(0, source.start).split('\n').length });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source);
    },
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    TSExternalModuleReference: (node) => add(node.expression),
    CallExpression: (node) => {
      const [argument] = node.arguments;
      if (node.callee.type === 'Identifier' && node.callee.name === 'require' && argument !== undefined) add(argument);
    },
  }).visit(program);
  return { kind: 'ok', imports };
}
