;;; flow-mode.el --- Flow: journeys for customer support, CRM and marketing -*- lexical-binding: t -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; SPDX-License-Identifier: MIT OR Apache-2.0

;;; Commentary:

;; Paints and indents `.flow' files, and tells Eglot how to start the language server: `M-x eglot'.

;;; Code:

(require 'project)
(require 'cl-lib)
(require 'seq)

(defgroup flow nil
  "Journeys as plain text."
  :group 'languages)

(defcustom flow-command "flow"
  "The command, with its path where it is not in `exec-path'."
  :type 'string)

(defcustom flow-indent-offset 4
  "Columns of one step.  `flow fmt' takes four."
  :type 'integer
  :safe #'integerp)

(defvar flow-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?\\ "\\" table)
    (modify-syntax-entry ?_ "_" table)
    (dolist (sign '(?+ ?- ?* ?= ?< ?> ?% ?& ?| ?' ??))
      (modify-syntax-entry sign "." table))
    table))

;; Texts.  A text in a hole of a text is part of the outer one, and `"""' begins and ends one.

(defun flow--sign (from to syntax)
  "Give the signs from FROM to TO another SYNTAX."
  (put-text-property from to 'syntax-table (string-to-syntax syntax)))

(defun flow--pass-text (block outer limit)
  "Go behind the text whose opening quotes are before point.
BLOCK says that they are three, OUTER that the text stands in a
hole of another.  Look no further than LIMIT."
  (let ((closed nil))
    (while (and (not closed)
                (re-search-forward (if block "\\\\.\\|{{\\|\"\"\"\\|\"" "\\\\.\\|{{\\|\"\\|\n") limit 'move))
      (let ((found (match-string-no-properties 0))
            (from (match-beginning 0)))
        (cond ((equal found "{{") (flow--pass-hole block limit))
              ((equal found (if block "\"\"\"" "\""))
               (setq closed t)
               (when block
                 (flow--sign from (+ from 2) ".")
                 (flow--sign (+ from 2) (+ from 3) "|"))
               (when outer (flow--sign from (point) ".")))
              ((equal found "\n") (setq closed t))
              ((equal found "\"") (flow--sign from (point) ".")))))))

(defun flow--pass-hole (block limit)
  "Go behind the `}}' of the hole that point is in, no further than LIMIT.
Without BLOCK a hole ends with its line at the latest."
  (let ((depth 0) (closed nil))
    (while (and (not closed)
                (re-search-forward (if block "\"\\|{\\|}}\\|}" "\"\\|{\\|}}\\|}\\|\n") limit 'move))
      (pcase (match-string-no-properties 0)
        ("\"" (flow--sign (1- (point)) (point) ".") (flow--pass-text nil t limit))
        ("{" (setq depth (1+ depth)))
        ("}}" (if (> depth 0) (progn (setq depth (1- depth)) (backward-char)) (setq closed t)))
        ("}" (setq depth (max 0 (1- depth))))
        ("\n" (backward-char) (setq closed t))))))

(defun flow--propertize (start end)
  "Find the texts between START and END; START is the beginning of the buffer."
  (goto-char start)
  (while (re-search-forward "//\\|\"\"\"\\|\"" end 'move)
    (pcase (match-string-no-properties 0)
      ("//" (end-of-line))
      ("\"" (flow--pass-text nil nil end))
      (_ (flow--sign (- (point) 3) (- (point) 2) "|")
         (flow--sign (- (point) 2) (point) ".")
         (flow--pass-text t nil end)))))

(defun flow--from-the-beginning (start end)
  "Texts are known from the beginning on, not from START; END stays."
  (unless (= start (point-min)) (cons (point-min) end)))

;; Words.

(defconst flow--statements
  '("let" "var" "if" "else" "switch" "choice" "ask" "say" "wait" "parallel" "race" "split" "try" "launch" "start" "return"
    "stop" "fail" "for" "while" "repeat" "break" "continue" "again" "fire" "expect" "and" "or" "not" "with" "undo" "as" "until"
    "forever"))

(defconst flow--declarations
  '("flow" "action" "record" "entity" "extend" "form" "enum" "event" "connector" "calendar" "test" "team" "tag" "template"
    "selection" "article" "secret" "project" "interest" "link" "category"))

(defconst flow--clauses
  '("on" "once" "overlap" "exit" "goal" "cap" "send" "holdout" "priority" "path" "after" "when" "mock" "advance"))

(defconst flow--between
  '("in" "at" "where" "from" "per" "every" "within" "then" "on" "failure" "returns" "fails" "show" "when" "priority"))

(defconst flow--font-lock
  `((,(concat "^\\s-*" (regexp-opt '("flow" "action") t) "\\s-+\\([A-Za-z_][A-Za-z0-9_.]*\\)")
     (1 font-lock-keyword-face) (2 font-lock-function-name-face))
    (,(concat "^\\s-*" (regexp-opt '("record" "entity" "extend" "form" "enum") t) "\\s-+\\([A-Za-z_][A-Za-z0-9_]*\\)")
     (1 font-lock-keyword-face) (2 font-lock-type-face))
    (,(concat "^\\s-*" (regexp-opt flow--declarations t) "\\s-+[\"A-Za-z_]") (1 font-lock-keyword-face))
    ;; After `.' and before `:' every word is a name.
    ("\\.\\([A-Za-z_][A-Za-z0-9_]*\\)\\s-*(" (1 font-lock-function-name-face))
    ("\\(?:^\\|[^]A-Za-z0-9_)?\"]\\)\\(\\.[A-Za-z_][A-Za-z0-9_]*\\)" (1 font-lock-constant-face))
    ("[]A-Za-z0-9_)?]\\.\\([A-Za-z_][A-Za-z0-9_]*\\)" (1 'default))
    ("\\_<\\([A-Za-z_][A-Za-z0-9_]*\\)\\s-*:" (1 font-lock-variable-name-face))
    ("#[A-Za-z_][A-Za-z0-9_]*" (0 font-lock-constant-face))
    ("@[A-Za-z_][A-Za-z0-9_]*" (0 font-lock-preprocessor-face))
    (,(regexp-opt '("true" "false" "null") 'symbols) (0 font-lock-constant-face))
    (,(regexp-opt flow--statements 'symbols) (0 font-lock-keyword-face))
    (,(concat "^\\s-*" (regexp-opt flow--clauses t) "\\_>\\s-*[^]:=(.), \t]") (1 font-lock-keyword-face))
    (,(concat (regexp-opt flow--between 'symbols) "\\s-+[A-Za-z0-9_.\"[(#{]") (1 font-lock-keyword-face))
    ("\\_<[A-Z][A-Za-z0-9_]*\\_>" (0 font-lock-type-face))
    ("\\_<\\([a-z_][A-Za-z0-9_]*\\)(" (1 font-lock-function-name-face))
    ;; Holes of texts.
    ("{{[^}\n]*}}" (0 font-lock-variable-name-face t))))

;; Lines.

(defconst flow--with-settings
  (concat (regexp-opt '("let" "var" "say" "ask" "choice" "return" "fail" "team" "tag" "template")) "\\_>[^:]\\|.*\\_<ask\\_>[^:]")
  "A line whose last comma may separate settings that stand in no brackets.")

(defun flow--goes-on ()
  "Whether the line of point, at its first sign, belongs to the one above."
  (let ((open (nth 1 (syntax-ppss))))
    (and (not (looking-at-p "[])}]"))
         (or (looking-at-p "\\(?:with\\|undo\\|and\\|or\\)\\_>[^:]\\|\\?\\?")
             ;; The header of a flow.
             (and (null open)
                  (looking-at-p (concat (regexp-opt flow--clauses) "\\_>\\s-"))
                  (not (looking-at-p "mock\\|advance")))
             (and (or (null open) (eq (char-after open) ?{))
                  (flow--line-above-goes-on))))))

(defun flow--base (open)
  "The column from which a step is made into the bracket at OPEN."
  (save-excursion
    (goto-char open)
    (let ((block (looking-back "\\_<else\\s-*" (line-beginning-position))))
      (back-to-indentation)
      ;; The block of an `else' belongs to its statement, however far that goes on.
      (max 0 (- (current-column) (if (and block (flow--goes-on)) flow-indent-offset 0))))))

(defun flow--column ()
  "Where the line of point begins, or nil inside of a text."
  (save-excursion
    (back-to-indentation)
    (let* ((state (syntax-ppss))
           (open (nth 1 state)))
      (unless (nth 3 state)
        (+ (if open (flow--base open) 0)
           (if (and open (not (looking-at-p "[])}]"))) flow-indent-offset 0)
           (if (flow--goes-on) flow-indent-offset 0))))))

(defun flow--line-above-goes-on ()
  "Whether the line above ends with a sign behind which more is to come."
  (save-excursion
    (forward-comment (- (buffer-size)))
    (and (> (point) (point-min))
         (not (nth 3 (syntax-ppss)))
         (or (memq (char-before) '(?= ?+ ?- ?*))
             ;; Elsewhere a comma separates what stands in lines.
             (and (eq (char-before) ?,)
                  (let ((open (nth 1 (syntax-ppss))))
                    (back-to-indentation)
                    (and (eql open (nth 1 (syntax-ppss))) (looking-at-p flow--with-settings)))))
         t)))

(defun flow-indent-line ()
  "Indent the line as `flow fmt' would."
  (let ((column (flow--column)))
    (if (null column)
        'noindent
      (let ((beyond (- (point-max) (point))))
        (indent-line-to column)
        (when (> (- (point-max) beyond) (point))
          (goto-char (- (point-max) beyond)))))))

;; Projects.

(defun flow--project (folder)
  "The project of FOLDER: where the next `flow.toml' above stands."
  (let ((root (locate-dominating-file folder "flow.toml")))
    (and root (cons 'flow root))))

(cl-defmethod project-root ((project (head flow)))
  "The folder of `flow.toml' of PROJECT."
  (cdr project))

;;;###autoload
(define-derived-mode flow-mode prog-mode "Flow"
  "Journeys for customer support, CRM and marketing."
  (setq-local comment-start "// ")
  (setq-local comment-start-skip "//[/!]*\\s-*")
  (setq-local comment-end "")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'flow-indent-line)
  (setq-local electric-indent-chars (append "{}()[]" electric-indent-chars))
  (setq-local syntax-propertize-function #'flow--propertize)
  (add-hook 'syntax-propertize-extend-region-functions #'flow--from-the-beginning nil t)
  (setq-local parse-sexp-lookup-properties t)
  (setq-local font-lock-defaults '(flow--font-lock))
  (setq-local imenu-generic-expression
              '((nil "^\\s-*flow\\s-+\\([A-Za-z_][A-Za-z0-9_]*\\)" 1)
                ("Actions" "^\\s-*action\\s-+\\([A-Za-z_][A-Za-z0-9_.]*\\)" 1)
                ("Types" "^\\s-*\\(?:record\\|entity\\|extend\\|form\\|enum\\)\\s-+\\([A-Za-z_][A-Za-z0-9_]*\\)" 1)
                ("Tests" "^\\s-*test\\s-+\"\\([^\"\n]*\\)\"" 1)))
  (add-hook 'project-find-functions #'flow--project nil t))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.flow\\'" . flow-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs `(flow-mode . ,(lambda (&rest _) (list flow-command "lsp")))))

(provide 'flow-mode)
;;; flow-mode.el ends here
