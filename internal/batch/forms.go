package batch

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"heyan/rules"
	"heyan/rules/filing"
	"heyan/rules/filing/sheet"
)

// Form is the filing of a package: where it stands, and what it says or why that
// is not known.
type Form struct {
	Name    string
	Filing  *filing.Filing
	Problem *Problem
}

// Item is a package with its filing.
type Item struct {
	Package Package
	Form    Form
}

// say is a sentence whose two languages take the same values in the same order.
func say(zh, en string, values ...any) rules.Text {
	return rules.Text{ZH: fmt.Sprintf(zh, values...), EN: fmt.Sprintf(en, values...)}
}

// folded is a path as it is compared: with slashes, composed letters, and without
// case, as some file systems have it.
func folded(name string) string {
	name = strings.ReplaceAll(norm.NFC.String(name), `\`, "/")
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

// stem is a folded path without the extension of a package.
func stem(name string) string {
	if ext := path.Ext(name); slices.Contains(packageExtensions[:], ext) {
		return strings.TrimSuffix(name, ext)
	}
	return name
}

// formExtensions are what a filing in a folder is known by.
var formExtensions = [...]string{".yaml", ".yml", ".json"}

// FromDir gives every package the filing of dir that has its name: of app.apk
// that is app.apk.yaml, else app.yaml (or .yml, or .json), in the same folder
// beneath dir as the package is in, else in dir itself. read reads a filing.
func FromDir(packages []Package, dir string, read func(path string) (*filing.Filing, *Problem)) ([]Item, []Unused, error) {
	forms := map[string][]string{} // paths by folded name without extension
	err := walk(dir, formExtensions[:], func(name, rel string) error {
		key := folded(strings.TrimSuffix(rel, path.Ext(rel)))
		forms[key] = append(forms[key], name)
		if len(forms) > 2*MaxPackages {
			return fmt.Errorf("%w: over %d filings", ErrTooMany, 2*MaxPackages)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	items := make([]Item, len(packages))
	used := map[string]bool{}
	for i, p := range packages {
		items[i] = Item{Package: p, Form: formOf(p, dir, forms, used, read)}
	}
	return items, unusedFiles(forms, used), nil
}

func formOf(p Package, dir string, forms map[string][]string, used map[string]bool, read func(string) (*filing.Filing, *Problem)) Form {
	rel := folded(p.Rel)
	base := path.Base(rel)
	for _, key := range []string{rel, stem(rel), base, stem(base)} {
		found := forms[key]
		for _, name := range found {
			used[name] = true
		}
		switch {
		case len(found) == 1:
			f := Form{Name: found[0]}
			f.Filing, f.Problem = read(found[0])
			return f
		case len(found) > 1:
			return Form{Problem: &Problem{AmbiguousFiling, say("有几份同名的备案表，无法判断以哪一份为准：%s", "several filings have its name, and which one counts can't be told: %s", strings.Join(found, ", "))}}
		}
	}
	return Form{Problem: &Problem{NoFiling, say("文件夹 %q 里没有它的备案表（%s.yaml、.yml 或 .json）", "folder %q has no filing for it (%s.yaml, .yml or .json)",
		dir, strings.TrimSuffix(filepath.Base(p.Path), filepath.Ext(p.Path)))}}
}

func unusedFiles(forms map[string][]string, used map[string]bool) []Unused {
	var list []Unused
	for _, names := range forms {
		for _, name := range names {
			if !used[name] {
				list = append(list, Unused{Filing: name, Why: say("没有与它同名的安装包", "no package has its name")})
			}
		}
	}
	slices.SortFunc(list, func(a, b Unused) int { return cmp.Compare(a.Filing, b.Filing) })
	return list
}

// FromSheet gives every package the filing of the row that names its file: by the
// file's name, with or without folders before it, and without its extension where
// the sheet leaves that out. name is the sheet's own, for the reader.
func FromSheet(packages []Package, name string, rows []sheet.Row) ([]Item, []Unused) {
	named := map[string][]int{} // rows by the last part of what they name
	for i, r := range rows {
		if r.File != "" {
			key := path.Base(folded(r.File))
			named[key] = append(named[key], i)
		}
	}
	items := make([]Item, len(packages))
	takers := map[int][]int{} // packages by row
	for i, p := range packages {
		items[i].Package = p
		switch found := rowsOf(p, rows, named); len(found) {
		case 0:
			items[i].Form.Problem = &Problem{NoFiling, say("表格 %q 里没有这个文件的一行", "sheet %q has no row for this file", name)}
		case 1:
			takers[found[0]] = append(takers[found[0]], i)
			items[i].Form = formOfRow(name, rows[found[0]])
		default:
			items[i].Form.Problem = ambiguous(name, rows, found)
			for _, j := range found {
				takers[j] = append(takers[j], i)
			}
		}
	}
	for row, list := range takers {
		if len(list) < 2 || slices.ContainsFunc(list, func(i int) bool { return items[i].Form.Filing == nil }) {
			continue
		}
		for _, i := range list {
			items[i].Form = Form{Problem: &Problem{AmbiguousFiling, say("有 %d 个安装包都叫“%s”，无法判断哪个是%s的；请在表格里写上文件夹",
				"%[1]d packages are called %[2]q, and which is that of %[3]s can't be told; write the folder too", len(list), rows[row].File, place(name, rows[row]))}}
		}
	}
	return items, unusedRows(name, rows, takers)
}

// rowsOf are the rows that name a package, the longest names alone.
func rowsOf(p Package, rows []sheet.Row, named map[string][]int) []int {
	whole := folded(filepath.ToSlash(p.Path))
	match := func(key string, whole string) []int {
		var found []int
		longest := 0
		for _, i := range named[key] {
			name := folded(rows[i].File)
			if whole != name && !strings.HasSuffix(whole, "/"+name) {
				continue
			}
			if len(name) > longest {
				found, longest = nil, len(name)
			}
			if len(name) == longest {
				found = append(found, i)
			}
		}
		return found
	}
	if found := match(path.Base(whole), whole); len(found) > 0 {
		return found
	}
	return match(path.Base(stem(whole)), stem(whole))
}

// place is a row of a sheet for the reader.
func place(name string, r sheet.Row) string {
	if r.Sheet == "" {
		return fmt.Sprintf("%s:%d", name, r.Line)
	}
	return fmt.Sprintf("%s:%s:%d", name, r.Sheet, r.Line)
}

func formOfRow(name string, r sheet.Row) Form {
	f := Form{Name: place(name, r), Filing: r.Filing}
	if r.Err != nil {
		f.Problem = rowProblem(r.Err)
	}
	return f
}

// rowProblem says what is wrong with a row.
func rowProblem(err error) *Problem {
	text := rules.Text{ZH: err.Error(), EN: err.Error()}
	if bad, ok := err.(interface{ In(lang string) string }); ok {
		text = rules.Text{ZH: bad.In("zh"), EN: bad.In("en")}
	}
	return &Problem{BadFiling, text}
}

func ambiguous(name string, rows []sheet.Row, found []int) *Problem {
	var places []string
	for _, i := range found {
		places = append(places, place(name, rows[i]))
	}
	return &Problem{AmbiguousFiling, say("表格里有几行都是这个文件，无法判断以哪一行为准：%s", "several rows are for this file, and which one counts can't be told: %s", strings.Join(places, ", "))}
}

func unusedRows(name string, rows []sheet.Row, takers map[int][]int) []Unused {
	var list []Unused
	for i, r := range rows {
		switch {
		case len(takers[i]) > 0:
		case r.Err != nil:
			list = append(list, Unused{Filing: place(name, r), File: r.File, Why: rowProblem(r.Err).Message})
		default:
			list = append(list, Unused{Filing: place(name, r), File: r.File, Why: say("没有找到这个安装包", "there is no such package")})
		}
	}
	return list
}
